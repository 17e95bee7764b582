"""The time of an item, read in the board's time zone and unit."""

from dataclasses import replace
from typing import Any

import pytest

from aggregates.contribution import Rejected
from aggregates.moment import moment_reader
from tests.aggregates.fundraiser_file import BOARD


def time_of(value: dict[str, Any], **changes: Any) -> int:
    return moment_reader(replace(BOARD, **changes))({"donatedAt": value})


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("2026-11-21T19:00:00", 1_795_284_000_000),
        ("2026-07-21T20:00:00", 1_784_656_800_000),
        ("2026-11-21T18:00:00Z", 1_795_284_000_000),
        ("2026-11-21T20:00:00+02:00", 1_795_284_000_000),
        # Clocks are set back at 3:00, so 2:30 occurs twice; the first one is meant.
        ("2026-10-25T02:30:00", 1_792_888_200_000),
        # Clocks are set forward at 2:00, so 2:30 does not occur; it is read as an hour after 1:30.
        ("2026-03-29T02:30:00", 1_774_747_800_000),
    ],
)
def test_a_time_without_an_offset_is_in_the_boards_zone(text: str, time_ms: int) -> None:
    assert time_of({"S": text}, time_zone="Europe/Zurich") == time_ms


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [("1795287851000", 1_795_287_851_000), ("1795287851000.9", 1_795_287_851_000), ("0", 0)],
)
def test_numbers_are_milliseconds_where_the_board_says_so(text: str, time_ms: int) -> None:
    assert time_of({"N": text}, time_unit="ms") == time_ms


@pytest.mark.parametrize(
    ("number", "unit"),
    [("1795287851000", "s"), ("1795287851000000", "ms"), ("1E+120", "ms"), ("-1E+120", "ms")],
)
def test_a_number_that_is_no_time_in_the_boards_unit_is_rejected(number: str, unit: str) -> None:
    with pytest.raises(Rejected):
        time_of({"N": number}, time_unit=unit)


def test_a_time_may_be_within_a_map() -> None:
    read = moment_reader(replace(BOARD, time="meta.at"))
    assert read({"meta": {"M": {"at": {"N": "5"}}}}) == 5000
