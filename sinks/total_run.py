"""Runs total sinks: each gets the state of its board from the channel, as a screen does."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from aggregates.board import Board
from sinks.total_freshness import Freshness
from webapp.brief_log import BriefLog
from webapp.feed import Feed
from webapp.listener import Listener

logger = logging.getLogger("tallyboard")

# A sink writes at most this often. Some web servers make a file's ETag from its size and the second
# in which it was written, so two versions of a file must not be of the same second.
PAUSE_SECONDS = 1.0
# It writes at least this often, even if nothing has changed.
AT_LEAST_SECONDS = 10.0
# A write that failed is repeated after 1, 2, then every 4 pauses.
_MOST_FAILURES = 3
# How often it is told how long ago the sinks were written; the alarm looks at minutes.
_TELL_SECONDS = 20.0


class TotalSink(Protocol):
    """What a board's state is written to. `name` is for a person and its log."""

    @property
    def name(self) -> str: ...

    @property
    def board(self) -> Board: ...

    async def write(self, feed: Feed) -> None:
        """Write the feed's state and status. Any error makes the call come again."""
        ...


async def run_total_sinks(
    redis_url: str,
    feeds: Mapping[str, Feed],
    sinks: Sequence[TotalSink],
    tell_age: Callable[[float], None] | None = None,
) -> None:
    """Run the sinks until cancelled; each has a feed of its board in `feeds`.

    `tell_age` regularly gets the seconds since the write of the sink written longest ago.
    """
    freshness = Freshness(sink.name for sink in sinks)
    listener = Listener(redis_url, feeds)
    changes = {sink.name: asyncio.Event() for sink in sinks}
    for board, feed in feeds.items():
        feed.on_change = _wake([changes[one.name] for one in sinks if one.board.name == board])
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(listener.run())
            for sink in sinks:
                feed, change = feeds[sink.board.name], changes[sink.name]
                tasks.create_task(_run_sink(sink, feed, change, freshness))
            if tell_age is not None:
                tasks.create_task(_tell_age(freshness, tell_age))
    finally:
        await listener.close()


def _wake(changes: Sequence[asyncio.Event]) -> Callable[[], None]:
    def wake() -> None:
        for change in changes:
            change.set()

    return wake


async def _tell_age(freshness: Freshness, tell_age: Callable[[float], None]) -> None:
    while True:
        await asyncio.sleep(_TELL_SECONDS)
        tell_age(freshness.age_seconds)


async def _run_sink(
    sink: TotalSink, feed: Feed, changed: asyncio.Event, freshness: Freshness
) -> None:
    """Write at every change, and regularly; a failing sink does not affect others."""
    log = BriefLog(logger)
    failures = 0
    while True:
        changed.clear()
        try:
            await sink.write(feed)
            freshness.note(sink.name)
            failures = 0
        except Exception as error:
            failures = min(failures + 1, _MOST_FAILURES)
            log.warn(f"sink {sink.name} was not written: {type(error).__name__}: {error}")
            changed.set()
        # Nobody gets these frames; taking them keeps what a feed remembers bounded.
        feed.take_frame()
        await asyncio.sleep(PAUSE_SECONDS * 2 ** max(0, failures - 1))
        with suppress(TimeoutError):
            async with asyncio.timeout(AT_LEAST_SECONDS - PAUSE_SECONDS):
                await changed.wait()
