"""A board's definition changes with what it counts, and with nothing else."""

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pytest

from aggregates.board import (
    Condition,
    Currency,
    Goal,
    Groups,
    Measure,
    Period,
    Rate,
    Thanks,
    Ticker,
)
from aggregates.board_file import load_board
from aggregates.schema import SCHEMA
from aggregates.units import Unit
from tests.aggregates.fundraiser_file import FUNDRAISER


@pytest.mark.parametrize(
    "changes",
    [
        {"table": "gifts"},
        {"key": ("pk", "sk")},
        {"group_by": "country"},
        {"time": "createdAt"},
        {"bucket_seconds": 300},
        {"bucket_seconds": None},
        {"measures": ()},
        {"measures": (Measure("amount", "value", Unit("USD", 2)),)},
        {"measures": (Measure("sum", "amount", Unit("USD", 2)),)},
        {"measures": (Measure("amount", "amount", Unit("EUR", 2)),)},
        {"measures": (Measure("amount", "amount", Unit("USD", 2), is_text=True),)},
        {"measures": (Measure("amount", "amount", Unit("USD", 2), is_minor=True),)},
        {"measures": (Measure("amount", "amount", Unit("USD", 2), least_minor=1),)},
        {"measures": (Measure("amount", "amount", Unit("USD", 2), most_minor=1),)},
        {"time_zone": "Europe/Zurich"},
        {"time_unit": "ms"},
        {"where": (Condition("status", ("PAID",)),)},
        {"period": Period(0, None)},
        {"currency": Currency("currency")},
        {"currency": Currency("currency", (Rate("EUR", Decimal("1.08")),))},
        {"groups": Groups(missing="Other")},
        {"groups": Groups(skip_missing=True)},
        {"groups": Groups(until=".")},
        {"groups": Groups(known=("Phone",))},
        {"groups": Groups(known=("Phone",), others="Other")},
        {"groups": Groups(known=("Phone",), skip_others=True)},
        {"lines": ("Phone",)},
        {"lines": ("Web", "Phone")},
    ],
    ids=str,
)
def test_what_an_item_counts_for_is_part_of_the_definition(changes: dict[str, object]) -> None:
    board = load_board(FUNDRAISER)
    assert replace(board, **changes).definition != board.definition  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other"},
        {"title": "Other"},
        {"goal": None},
        {"goal": Goal("amount", 1, ())},
        {"ticker": None},
        {"ticker": Ticker(1, ("email",))},
        {"donate_url": "https://example.org"},
        {"shown": 3},
        {"is_rehearsal": True},
        {"groups": Groups(is_contest=True)},
        {"thanks": Thanks(10_000)},
    ],
    ids=str,
)
def test_what_is_only_shown_can_change_during_an_event(changes: dict[str, object]) -> None:
    board = load_board(FUNDRAISER)
    assert replace(board, **changes).definition == board.definition  # type: ignore[arg-type]


def test_the_order_of_known_groups_conditions_and_rates_decides_nothing() -> None:
    paid, kept = Condition("status", ("PAID",)), Condition("_deleted", (False,))
    rates = Rate("EUR", Decimal(2)), Rate("CHF", Decimal(3))
    board = load_board(FUNDRAISER)

    def definition(step: int) -> str:
        return replace(
            board,
            where=(paid, kept)[::step],
            currency=Currency("currency", rates[::step]),
            groups=Groups(known=("Phone", "Web")[::step]),
        ).definition

    assert definition(1) == definition(-1) != board.definition


def test_the_definition_is_the_same_in_every_process() -> None:
    code = (
        "from pathlib import Path; from aggregates.board_file import load_board;"
        f"print(load_board(Path({str(FUNDRAISER)!r})).definition)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=FUNDRAISER.parents[1],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {load_board(FUNDRAISER).definition}


def test_what_an_older_version_counted_is_another_definition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = load_board(FUNDRAISER).definition
    monkeypatch.setattr("aggregates.board.SCHEMA", SCHEMA + 1)
    assert load_board(FUNDRAISER).definition != before
