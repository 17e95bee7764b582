"""Change what a board's screens show (`aggregates/control.py` has the format), and tell them.

The control is one value per board in Redis, and each change is published on the channel; a screen
that connects later gets it from the web app.
"""

import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis

from aggregates.control import (
    Control,
    Pulse,
    control_key,
    decode_control,
    encode_control,
    encode_control_message,
)
from aggregates.keys import CHANNEL
from aggregates.message import format_time

# A change of the control; each button makes one.
Step = Callable[[Control], Control]


def pin_message(text: str, minutes: int | None, now: datetime) -> Step:
    """Show a message for some minutes (None: until it is taken off); an empty text takes it off."""
    until = None if minutes is None else format_time(now + timedelta(minutes=minutes))
    return lambda control: control._replace(pin=text, pin_until=until if text else None)


def choose_panels(panels: Sequence[str] | None) -> Step:
    """Show these panels on every screen; None: each screen follows its address."""
    chosen = None if panels is None else tuple(panels)
    return lambda control: control._replace(panels=chosen)


def celebrate(now: datetime) -> Step:
    """Have every screen celebrate once, as a test."""
    return lambda control: control._replace(celebrate=_make_pulse(now))


def reload_screens(now: datetime) -> Step:
    """Have every screen reload its page once."""
    return lambda control: control._replace(reload=_make_pulse(now))


def _make_pulse(now: datetime) -> Pulse:
    return Pulse(secrets.token_hex(6), format_time(now))


class Screens:
    """Reads and changes the control of all boards. Only one process may use it: see the lock."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        # Reading, changing and writing is not atomic in Redis: two helpers must take turns.
        self._lock = threading.Lock()

    def read(self, board: str) -> Control:
        """Return a board's current control."""
        text: Any = self._redis.get(control_key(board))
        control = decode_control(text)
        until = control.pin_until
        is_over = until is not None and datetime.fromisoformat(until) <= now_utc()
        return control._replace(pin="", pin_until=None) if is_over else control

    def tell(self, board: str, step: Step) -> None:
        """Change a board's control, for all screens now and for those that connect later."""
        with self._lock:
            text = encode_control(step(self.read(board)))
            # The value first: a screen that connects in between then has it either way.
            self._redis.set(control_key(board), text)
            self._redis.publish(CHANNEL, encode_control_message(board, text))


def now_utc() -> datetime:
    """Return the time now."""
    return datetime.now(UTC)
