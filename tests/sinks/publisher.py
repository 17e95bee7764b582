"""Runs total sinks in a thread, so that a test may stop and start them beside a browser."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from sinks.total_run import TotalSink, run_total_sinks
from webapp.feed import Feed


@contextmanager
def publishing(
    redis_url: str, make_sinks: Callable[[], Sequence[TotalSink]], page: str = "page"
) -> Iterator[None]:
    """Run sinks until the end of the block; `page` is the version of the page that feeds tell."""
    started = threading.Event()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []
    errors: list[BaseException] = []

    async def run() -> None:
        sinks = make_sinks()
        feeds = {sink.board.name: Feed(sink.board, page) for sink in sinks}
        task = asyncio.create_task(run_total_sinks(redis_url, feeds, sinks))
        running.append((asyncio.get_running_loop(), task))
        started.set()
        with suppress(asyncio.CancelledError):
            await task

    def main() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            errors.append(error)
            started.set()

    thread = threading.Thread(target=main)
    thread.start()
    try:
        assert started.wait(10)
        yield
    finally:
        for loop, task in running:
            loop.call_soon_threadsafe(task.cancel)
        thread.join(20)
    assert errors == []
    assert not thread.is_alive()
