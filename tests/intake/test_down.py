"""Tiltify through an evening of troubles on both sides: what was given counts, at its own time."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from aggregates.board import Board
from intake.intake import Intake
from tests.intake.asked_providers import Tiltify
from tests.intake.events import CAMPAIGN, make_tiltify_event
from tests.intake.provider_api import Asked, Reply, StandIn, run_stand_in
from tests.intake.senders import SENDERS, open_sources
from tests.intake.sweeps import START, Clock, open_loop, read_table

TROUBLES = [
    Reply(status=503),
    Reply(status=429, headers={"retry-after": "30"}),
    Reply(b"<html>We are under repair</html>"),
    Reply({}),
    Reply({"data": None, "metadata": {}}),
    Reply(status=302, headers={"location": "https://example.org/"}),
    Reply({"error": "Unauthorized"}, 401),
    # It breaks off.
    Reply(b"[{", headers={"content-length": "99", "connection": "close"}),
]


class Evening:
    """A campaign at Tiltify, and the service, which can be down."""

    def __init__(self, folder: Path, board: Board, dynamodb: Any, stand_in: StandIn) -> None:
        self._folder, self._board, self._dynamodb = folder, board, dynamodb
        self.stand_in, self.clock = stand_in, Clock()
        self.rows: dict[str, dict[str, Any]] = {}
        self.api = Tiltify([], page=9)
        self.start()

    def start(self) -> None:
        """Start the service, as after a crash."""
        text = (
            '[sources.marathon]\nprovider = "tiltify"\nboard = "BOARD"\nplatform = "Tiltify"\n'
            'secret = "TILTIFY"\nclient_id = "ID"\nclient_secret = "CLIENT_SECRET"\n'
            f'campaign = "{CAMPAIGN}"\napi_url = "{self.stand_in.url}"\n'
        )
        keys = {"ID": "client", "CLIENT_SECRET": "shh"}
        sources = open_sources(self._folder, self._board, text, **keys)
        self.intake = Intake(sources, self._dynamodb)
        self.loop = open_loop(self.intake, "marathon", self.clock)

    def give(self, name: str, cents: int, *, is_told: bool) -> None:
        """Have somebody give, or Tiltify correct what was given; perhaps a webhook arrives."""
        now = self.clock()
        value = f"{Decimal(cents).scaleb(-2)}"
        given = self.rows.get(name, {}).get("completed_at", now.isoformat())
        event = make_tiltify_event(
            id=name, amount={"currency": "USD", "value": value}, completed_at=given
        )
        event["meta"]["generated_at"] = now.isoformat()
        self.rows[name] = event["data"]
        if is_told:
            body = json.dumps(event).encode()
            self.intake.take("marathon", SENDERS["tiltify"].make(body, now, now))

    def answer(self, asked: Asked) -> Reply:
        """Answer as Tiltify does, which knows `completed_after`."""
        since = asked.query.get("completed_after")
        begin = START - timedelta(days=1) if since is None else datetime.fromisoformat(since)
        rows = self.rows.values()
        self.api.rows = [
            row for row in rows if datetime.fromisoformat(row["completed_at"]) >= begin
        ]
        return self.api.answer(asked)

    @property
    def trouble(self) -> str:
        return self.intake.heard.sources["marathon"].trouble

    def read_board(self) -> dict[str, tuple[int, datetime]]:
        """Return cents and time of what counts."""
        return {
            item["donationId"]["S"].removeprefix("tiltify:"): (
                int(Decimal(item["amount"]["N"]) * 100),
                datetime.fromisoformat(item["donatedAt"]["S"]),
            )
            for item in read_table(self._dynamodb, self._board.table)
        }

    def read_truth(self) -> dict[str, tuple[int, datetime]]:
        return {
            name: (
                int(Decimal(row["amount"]["value"]) * 100),
                datetime.fromisoformat(row["completed_at"]),
            )
            for name, row in self.rows.items()
        }


def _tell(told: Reply, _: Asked) -> Reply:
    return told


@pytest.fixture
def evening(dynamodb: Any, gala: Board, tmp_path: Path) -> Iterator[Evening]:
    with run_stand_in() as stand_in:
        made = Evening(tmp_path, gala, dynamodb, stand_in)
        stand_in.answer = made.answer
        yield made


def test_what_was_given_in_an_hour_without_the_service_counts_at_its_own_time(
    evening: Evening,
) -> None:
    evening.give("before", 500, is_told=True)
    evening.loop.sweep()
    for minute in range(60):
        evening.clock.turn(minutes=1)
        evening.give(f"while-{minute}", 100 + minute, is_told=False)
    # Corrected meanwhile, and no webhook told so.
    evening.give("before", 700, is_told=False)
    assert len(evening.read_board()) == 1
    evening.start()
    evening.loop.sweep()
    assert evening.read_board() == evening.read_truth()
    assert len({at for _, at in evening.read_board().values()}) == 61


@pytest.mark.parametrize("seed", range(2))
def test_an_evening_of_troubles_on_both_sides_ends_exactly(evening: Evening, seed: int) -> None:
    random, failed = Random(seed), 0
    healthy = evening.stand_in.answer
    for step in range(40):
        for number in range(random.randrange(5)):
            evening.give(
                f"{step}-{number}", random.randrange(1, 99_999), is_told=random.random() < 0.5
            )
        if evening.rows and random.random() < 0.3:
            name = random.choice(list(evening.rows)[-10:])
            evening.give(name, random.randrange(1, 99_999), is_told=random.random() < 0.5)
        if random.random() < 0.1:
            evening.start()
        told = random.choice(TROUBLES) if random.random() < 0.4 else None
        evening.stand_in.answer = healthy if told is None else partial(_tell, told)
        pause = evening.loop.sweep()
        assert bool(evening.trouble) == (told is not None)
        assert not told or 15 <= pause <= 600
        failed += told is not None
        evening.clock.turn(seconds=random.choice([30, 60, 300]))
    evening.stand_in.answer = healthy
    evening.loop.sweep()
    assert failed > 8
    assert evening.trouble == ""
    assert evening.read_board() == evening.read_truth()
