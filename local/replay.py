"""Plays a file of donations into a board's table."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from aggregates.board import Board
from aggregates.moment import moment_reader
from donations.batch_writer import BATCH_ITEMS, ItemWriter
from donations.file_plan import Row
from donations.item import Item
from local.errors import LocalError, Stopped

_PROGRESS_SECONDS = 0.25


@dataclass(frozen=True)
class Progress:
    """The progress of a replay: `written` of `total` items, `seconds` after the start."""

    written: int
    total: int
    seconds: float

    def describe(self) -> str:
        """Return a text with count, share, rate, and the time left at that rate."""
        rate = self.written / self.seconds if self.seconds else 0.0
        share = self.written / self.total
        text = f"written {self.written:,} of {self.total:,} ({share:.0%}), {rate:,.0f} a second"
        left = (self.total - self.written) / rate if rate else None
        return text if left is None else f"{text}, {_describe_seconds(left)} left"


def parse_speed(text: str) -> float | None:
    """Return the factor of real time, None for as fast as possible; raise `LocalError`."""
    if text in ("", "max"):
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise LocalError(
            f'SPEED is "{text}"; write max, or a factor of real time: 1 is real time, 60 plays a'
            " minute in a second"
        )
    return speed


def play_rows(
    rows: Iterable[Row],
    board: Board,
    client: Any,
    *,
    total: int,
    speed: float | None,
    stop: threading.Event,
    on_progress: Callable[[Progress], None],
) -> Progress:
    """Write all rows into the table, in their order; return the progress at the end.

    Without `speed`, write as fast as possible; with it, at the time of each. Raises `LocalError`,
    also for a speed on a board without a time, boto3's errors, and `Stopped` when `stop` is set.
    """
    if speed is not None and board.time is None:
        raise LocalError(
            f"the board {board.name} has no time, so it has no speed; leave SPEED out to replay as"
            " fast as possible"
        )
    began = time.monotonic()
    writer = ItemWriter(client, board.table, stop)
    next_progress = began

    def progress() -> Progress:
        return Progress(writer.written, total, time.monotonic() - began)

    def pause_until(due: float) -> None:
        nonlocal next_progress
        while True:
            now = time.monotonic()
            if now >= next_progress:
                on_progress(progress())
                next_progress = now + _PROGRESS_SECONDS
            if stop.is_set():
                raise Stopped
            if due <= now:
                return
            stop.wait(min(due - now, _PROGRESS_SECONDS))

    batch: list[Item] = []
    try:
        for due, item in _schedule(rows, board, speed, began):
            if batch and (len(batch) == BATCH_ITEMS or due > time.monotonic()):
                writer.put(batch)
                batch = []
                pause_until(due)
            elif due > began:
                pause_until(due)
            batch.append(item)
        if batch:
            writer.put(batch)
    finally:
        writer.close()
    if stop.is_set():
        raise Stopped
    return progress()


def _schedule(
    rows: Iterable[Row], board: Board, speed: float | None, began: float
) -> Iterable[tuple[float, Item]]:
    """Yield items with the monotonic time at which each is due."""
    if speed is None:
        for _, item in rows:
            yield began, item
        return
    read_moment = moment_reader(board)
    timed = sorted(((read_moment(item), item) for _, item in rows), key=itemgetter(0))
    for time_ms, item in timed:
        yield began + (time_ms - timed[0][0]) / 1000 / speed, item


def _describe_seconds(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
