"""Each mistake in a board's file is reported with the file, the field and the fix."""

import pytest

from aggregates.board import (
    Board,
    Goal,
    Measure,
    Ticker,
)
from aggregates.board_file import load_board
from aggregates.units import PLAIN, Unit
from tests.aggregates.fundraiser_file import FUNDRAISER, GOOD, Write, change


def test_the_board_that_comes_along_is_read_as_it_is_written() -> None:
    board = load_board(FUNDRAISER)
    assert board == Board(
        name="fundraiser",
        title="Live fundraiser",
        table="donations",
        key=("donationId",),
        group_by="platform",
        measures=(Measure("amount", "amount", Unit("USD", 2)),),
        time="donatedAt",
        goal=Goal("amount", 250_000_000, (50_000_000, 100_000_000, 150_000_000, 200_000_000)),
        bucket_seconds=60,
        ticker=Ticker(12, ("platform", "amount")),
    )


def test_a_goal_is_kept_in_minor_units(write: Write) -> None:
    board = load_board(write())
    assert board.goal == Goal("amount", 100_000, (25_000, 50_050))
    assert board.goal.steps_minor == (25_000, 50_050, 100_000)


def test_a_board_may_do_without_measures_goal_timeline_and_ticker(write: Write) -> None:
    board = load_board(write(GOOD[: GOOD.index("time =")]))
    assert (board.measures, board.time, board.goal) == ((), None, None)
    assert (board.bucket_seconds, board.ticker, board.donate_url) == (None, None, None)


def test_a_board_may_count_towards_a_goal_of_items(write: Write) -> None:
    text = change('measure = "amount"\ntarget = 1000\nmilestones = [250, 500.50]', "").replace(
        "[goal]", '[goal]\nmeasure = "count"\ntarget = 500'
    )
    assert load_board(write(text)).goal == Goal("count", 500, ())


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ('unit = "JPY"', Unit("JPY", 0)),
        ('unit = "KWD"', Unit("KWD", 3)),
        ("decimals = 1", Unit("", 1)),
        ("", PLAIN),
    ],
)
def test_a_measure_is_a_currency_or_a_plain_number(write: Write, line: str, unit: Unit) -> None:
    text = change('unit = "USD"', line).replace("500.50", "500")
    assert load_board(write(text)).measures == (Measure("amount", "amount", unit),)


@pytest.mark.parametrize(
    ("line", "key"),
    [('"id"', ("id",)), ('["id"]', ("id",)), ('["pk", "sk"]', ("pk", "sk"))],
)
def test_a_key_has_one_attribute_or_two(write: Write, line: str, key: tuple[str, ...]) -> None:
    assert load_board(write(change('"donationId"', line))).key == key


def test_a_board_is_no_rehearsal_unless_it_says_so(write: Write) -> None:
    assert not load_board(write(GOOD)).is_rehearsal
    assert load_board(write("rehearsal = true\n" + GOOD)).is_rehearsal
