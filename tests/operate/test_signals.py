"""Ctrl-C works whatever a command is doing."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from local.errors import Stopped
from operate.signals import stop_on_signals


def send_soon(number: signal.Signals) -> None:
    timer = threading.Timer(0.05, os.kill, (os.getpid(), number))
    timer.daemon = True
    timer.start()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_wait_and_the_earlier_handlers_come_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_on_signals() as stop:
        assert not stop.is_set()
        send_soon(number)
        assert stop.wait(10)
    assert signal.getsignal(number) == before


def test_ctrl_c_ends_the_reading_of_a_pipe_that_nobody_writes_to() -> None:
    reading, writing = os.pipe()

    def rows() -> Iterator[bytes]:
        yield b"first"
        yield os.read(reading, 1)

    try:
        with stop_on_signals() as stop:
            found = stop.interrupt_reading(rows())
            assert next(found) == b"first"
            send_soon(signal.SIGINT)
            with pytest.raises(Stopped):
                next(found)
    finally:
        os.close(reading)
        os.close(writing)


def test_ctrl_c_ends_the_reading_of_a_file_that_has_only_empty_lines() -> None:
    def rows() -> Iterator[str]:
        while True:
            if "".strip():
                yield ""

    with stop_on_signals() as stop:
        send_soon(signal.SIGINT)
        with pytest.raises(Stopped):
            list(stop.interrupt_reading(rows()))


def test_a_signal_that_came_before_ends_the_block_at_once() -> None:
    with stop_on_signals() as stop:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Stopped), stop.interrupting():
            raise AssertionError("the block was entered")


def test_a_signal_outside_such_a_block_raises_nothing() -> None:
    """What is being started or ended is not left half-way."""
    with stop_on_signals() as stop:
        with stop.interrupting():
            pass
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()


def test_a_signal_while_the_event_itself_is_busy_is_no_deadlock() -> None:
    with stop_on_signals() as stop:
        with stop._cond:  # type: ignore[attr-defined]
            signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
        assert stop.wait(10)
