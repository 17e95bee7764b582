"""What the crew does to a board's control, and how screens hear of it: `aggregates/control.py`.

It lives in Redis as one value per board, and is told on the channel when it changes; a screen that
comes later gets it from the web app.
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

# What a button does.
Step = Callable[[Control], Control]


def pin_message(text: str, minutes: int | None, now: datetime) -> Step:
    """Show a message for so many minutes, or until it is taken off; an empty one takes it off."""
    until = None if minutes is None else format_time(now + timedelta(minutes=minutes))
    return lambda control: control._replace(pin=text, pin_until=until if text else None)


def choose_panels(panels: Sequence[str] | None) -> Step:
    """Show these panels on every screen; None: as each screen's address says."""
    chosen = None if panels is None else tuple(panels)
    return lambda control: control._replace(panels=chosen)


def celebrate(now: datetime) -> Step:
    """Have every screen celebrate once, as a test."""
    return lambda control: control._replace(celebrate=_make_pulse(now))


def reload_screens(now: datetime) -> Step:
    """Have every screen load its page again, once."""
    return lambda control: control._replace(reload=_make_pulse(now))


def _make_pulse(now: datetime) -> Pulse:
    return Pulse(secrets.token_hex(6), format_time(now))


class Screens:
    """Tells the screens of all boards. One process of the crew's does so."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        # What two helpers change at once is changed one after the other.
        self._lock = threading.Lock()

    def read(self, board: str) -> Control:
        """Return what the screens of a board are told to show now."""
        text: Any = self._redis.get(control_key(board))
        control = decode_control(text)
        until = control.pin_until
        is_over = until is not None and datetime.fromisoformat(until) <= now_utc()
        return control._replace(pin="", pin_until=None) if is_over else control

    def tell(self, board: str, step: Step) -> None:
        """Change what all screens of a board show, those that come later as well."""
        with self._lock:
            text = encode_control(step(self.read(board)))
            # The value first: a screen that comes in between has it either way.
            self._redis.set(control_key(board), text)
            self._redis.publish(CHANNEL, encode_control_message(board, text))


def now_utc() -> datetime:
    """Return the time now."""
    return datetime.now(UTC)
