"""Ends the process: first its streams, and always within a fixed time."""

import asyncio
import os
import signal
import sys
import threading
from types import FrameType

from webapp.hub import Hub

# The server cuts streams that have not ended after this.
GOODBYE_SECONDS = 4
# After this the process ends even if something hangs. ECS, systemd and `make run` wait longer
# before they kill.
END_SECONDS = 8.0


def end_on_termination(loop: asyncio.AbstractEventLoop, hub: Hub) -> None:
    """On SIGTERM or SIGINT, end all streams, and the process soon after.

    The server waits for open responses before it shuts the application down, so the end of the
    lifespan would be too late.
    """
    if threading.current_thread() is not threading.main_thread():
        return

    def chain(number: signal.Signals) -> None:
        before = signal.getsignal(number)

        def on_signal(signum: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(lambda: loop.create_task(hub.say_goodbye()))
            _end_by_force_after(END_SECONDS)
            if callable(before):
                before(signum, frame)

        signal.signal(number, on_signal)

    chain(signal.SIGTERM)
    chain(signal.SIGINT)


def end_with(task: asyncio.Task[None]) -> None:
    """End the process if one of its own tasks failed: a frozen screen must not look alive."""
    if task.cancelled():
        return
    if (error := task.exception()) is not None:
        asyncio.get_running_loop().call_exception_handler(
            {"message": "Tallyboard has to end", "exception": error, "task": task}
        )
        signal.raise_signal(signal.SIGTERM)


def _end_by_force_after(seconds: float) -> None:
    """End the process from another thread, which works even if the event loop hangs."""

    def end() -> None:
        message = f"Tallyboard did not end within {seconds:g} s of the signal; it was killed\n"
        os.write(sys.stderr.fileno(), message.encode())
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
