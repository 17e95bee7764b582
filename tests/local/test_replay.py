import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from aggregates.board_file import load_board
from donations.file_plan import Row
from local.errors import LocalError, Stopped
from local.replay import Progress, parse_speed, play_rows

BOARD = load_board(Path(__file__).parents[2] / "boards" / "fundraiser.toml")


class Table:
    def __init__(self) -> None:
        self.written: dict[str, float] = {}

    def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        for request in RequestItems["donations"]:
            self.written[request["PutRequest"]["Item"]["donationId"]["S"]] = time.monotonic()
        return {}


def rows(*seconds: int) -> list[Row]:
    return [
        Row(
            line,
            {
                "donationId": {"S": f"d-{line}"},
                "donatedAt": {"S": f"2017-01-08T10:{second // 60:02d}:{second % 60:02d}Z"},
                "platform": {"S": "Phone"},
                "amount": {"N": "5"},
            },
        )
        for line, second in enumerate(seconds, 2)
    ]


def play(
    table: Table,
    played: list[Row],
    speed: float | None,
    stop: threading.Event,
    board: Board = BOARD,
) -> Progress:
    return play_rows(
        played,
        board,
        table,
        total=len(played),
        speed=speed,
        stop=stop,
        on_progress=lambda _: None,
    )


def test_all_rows_are_written() -> None:
    table = Table()
    progress = play(table, rows(*range(60)), None, threading.Event())
    assert len(table.written) == 60
    assert progress.written == 60


def test_a_factor_keeps_the_rhythm_of_the_file() -> None:
    table = Table()
    play(table, rows(0, 60, 60, 120), 600.0, threading.Event())
    times = [table.written[f"d-{line}"] for line in (2, 3, 4, 5)]
    assert [round(moment - times[0], 1) for moment in times] == [0.0, 0.1, 0.1, 0.2]


def test_a_file_with_the_newest_first_has_its_rhythm_too() -> None:
    table = Table()
    play(table, rows(120, 60, 0), 600.0, threading.Event())
    times = [table.written[f"d-{line}"] for line in (4, 3, 2)]
    assert [round(moment - times[0], 1) for moment in times] == [0.0, 0.1, 0.2]


def test_a_board_without_a_time_has_no_speed() -> None:
    board = replace(BOARD, time=None, bucket_seconds=None)
    table = Table()
    with pytest.raises(LocalError, match=f"the board {board.name} has no time.*leave SPEED out"):
        play(table, rows(0, 60), 60.0, threading.Event(), board)
    assert table.written == {}


def test_a_stop_ends_a_replay_that_would_take_hours() -> None:
    stop = threading.Event()
    timer = threading.Timer(0.1, stop.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        play(Table(), rows(0, 3000), 1.0, stop)
    assert time.monotonic() - began < 5
    timer.join()


@pytest.mark.parametrize(("text", "speed"), [("max", None), ("", None), ("1", 1.0), ("0.5", 0.5)])
def test_a_speed_is_max_or_a_factor(text: str, speed: float | None) -> None:
    assert parse_speed(text) == speed


@pytest.mark.parametrize("text", ["fast", "0", "-1", "inf", "nan"])
def test_a_wrong_speed_says_what_to_write(text: str) -> None:
    with pytest.raises(LocalError, match="write max, or"):
        parse_speed(text)


def test_progress_is_told_in_words() -> None:
    text = Progress(written=500, total=2000, seconds=10.0).describe()
    assert text == "written 500 of 2,000 (25%), 50 a second, 30 s left"
    assert "2 h 00 min left" in Progress(written=1, total=7201, seconds=1.0).describe()
