"""Turns Ctrl-C, SIGTERM and a closed terminal into one event."""

import _thread
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from operate.errors import Stopped

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

T = TypeVar("T")


class Stop(threading.Event):
    """An event that the signals set.

    Within `interrupting()` a signal also raises `Stopped` at once, as Ctrl-C usually does. Use it
    for calls that may block forever, such as reading a file or a pipe.
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_received = False
        self._is_interrupting = False

    def receive(self, *_: object) -> None:
        """Handle a signal; it runs in the main thread, between any two of its steps."""
        self._is_received = True
        # In a thread, because the interrupted code may hold this event's lock.
        _thread.start_new_thread(self.set, ())
        if self._is_interrupting:
            raise Stopped

    def is_set(self) -> bool:
        return self._is_received or super().is_set()

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Raise `Stopped` in the block if a signal comes or has come. Main thread only."""
        self._is_interrupting = True
        try:
            if self.is_set():
                raise Stopped
            yield
        finally:
            self._is_interrupting = False

    def interrupt_reading(self, rows: Iterable[T]) -> Iterator[T]:
        """Yield `rows`; raise `Stopped` when a signal comes while the next one is read."""
        iterator = iter(rows)
        while True:
            with self.interrupting():
                try:
                    row = next(iterator)
                except StopIteration:
                    return
            yield row


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Yield an event that the signals set, instead of ending the process at once."""
    stop = Stop()
    earlier = {number: signal.signal(number, stop.receive) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
