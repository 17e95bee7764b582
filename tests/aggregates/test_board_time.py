"""Time in a board's file: zone, unit, and boards that cannot have a timeline."""

from pathlib import Path

import pytest

from tests.aggregates.board_files import HEAD, load, refuse

WITHOUT_TIME = HEAD.replace('time = "donatedAt"\n', "")


def test_a_time_zone_and_a_unit_are_read_as_they_are_written(tmp_path: Path) -> None:
    board = load(tmp_path, 'time_zone = "Europe/Zurich"\ntime_unit = "ms"')
    assert (board.time_zone, board.time_unit) == ("Europe/Zurich", "ms")
    assert (load(tmp_path).time_zone, load(tmp_path).time_unit) == ("UTC", "s")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('time_zone = "Europe/Zuerich"', "not a time zone known here; write a name such as"),
        ('time_zone = "europe/zurich "', "did you mean 'Europe/Zurich'?"),
        ('time_zone = "../../etc/passwd"', "which is not a time zone known here"),
        ('time_zone = "Europe"', "which is not a time zone known here"),
        ('time_unit = "minutes"', 'time_unit: is \'minutes\'; write "s" or "ms"'),
    ],
)
def test_an_invalid_time_zone_or_unit_is_refused(tmp_path: Path, line: str, message: str) -> None:
    assert message in refuse(tmp_path, line)


@pytest.mark.parametrize("line", ['time_zone = "UTC"', 'time_unit = "ms"'])
def test_they_need_the_items_time(tmp_path: Path, line: str) -> None:
    assert "needs the items' time" in refuse(tmp_path, line, head=WITHOUT_TIME)


def test_items_that_are_updated_in_place_have_no_timeline(tmp_path: Path) -> None:
    message = refuse(tmp_path, "running_total = true\n[timeline]\nbucket_seconds = 60")
    assert message.startswith("timeline: cannot be right with running_total: an item that is")
    board = load(tmp_path, "running_total = true")
    assert (board.running_total, board.bucket_seconds) == (True, None)


LINES = "[timeline]\nbucket_seconds = 60\nlines = "


def test_groups_may_have_lines_of_their_own(tmp_path: Path) -> None:
    board = load(tmp_path, f'{LINES}["Red", " Cafe\u0301 "]')
    assert board.lines == ("Red", "Café")
    assert board.measure_names == ("count",)
    assert board.counted_names == ("count", "@1", "@2")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("[]", "timeline.lines: has 0 groups; list 1 to 6"),
        ('["1", "2", "3", "4", "5", "6", "7"]', "timeline.lines: has 7 groups"),
        ('["Red", "Red "]', "timeline.lines: has 'Red '; write a list of groups"),
        ("[1]", "timeline.lines: has 1; write a list of groups"),
        ('["red"]\n[groups]\nknown = ["Red"]', "has 'red', which is not one of `known`"),
    ],
)
def test_lines_that_no_group_could_have_are_refused(
    tmp_path: Path, lines: str, message: str
) -> None:
    assert message in refuse(tmp_path, LINES + lines)
