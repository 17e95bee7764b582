"""Fills a board from a file of donations, and asks the ten questions over HTTP."""

import csv
import gzip
import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from aggregates.board_file import load_board
from tests.conftest import ROOT
from tests.explore.served import Served
from tests.explore.ten.questions import QUESTIONS, Gift, Rows

Line = Mapping[str, str]


class Outcome(NamedTuple):
    """A question's answer by the API, and by Python."""

    name: str
    told: Rows
    expected: Rows
    ms: float

    @property
    def is_right(self) -> bool:
        return self.told == self.expected


def read_lines(path: Path) -> list[Line]:
    """Return the lines of a CSV file, which may be compressed.

    Its columns are donationId, donatedAt, platform, amount and hasComment.
    """
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return list(csv.DictReader(io.StringIO(text)))


def ask_all(lines: list[Line], folder: Path) -> Iterator[Outcome]:
    """Yield the outcome of each question, on a real engine behind a real server."""
    board = replace(load_board(ROOT / "boards/fundraiser.toml"), name="marathon")
    served = Served({"marathon": board}, folder)
    try:
        served.fill(map(_make_item, lines))
        gifts = [gift for line in lines if (gift := _read_gift(line)) is not None]
        for question in QUESTIONS:
            began = time.perf_counter()
            answer = served.ask(
                question.sql, parameters=question.parameters, limit=10_000, timeout_ms=10_000
            )
            ms = (time.perf_counter() - began) * 1000
            body = answer.json()
            assert answer.status_code == 200, body
            assert body["status"]["state"] == "live"
            told = [list(row.values()) for row in body["results"]]
            yield Outcome(question.name, told, question.compute(gifts), ms)
    finally:
        served.close()


def _make_item(line: Line) -> Mapping[str, Any]:
    is_number = _read_amount(line["amount"]) is not None
    amount = {"N" if is_number else "S": line["amount"]}
    texts = {name: {"S": text} for name, text in line.items() if name != "amount"}
    return texts | {"amount": amount}


def _read_gift(line: Line) -> Gift | None:
    amount = _read_amount(line["amount"])
    if amount is None:
        return None
    at = datetime.fromisoformat(line["donatedAt"]).astimezone(UTC)
    return Gift(line["donationId"], line["platform"], amount, at, line["hasComment"] == "1")


def _read_amount(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
