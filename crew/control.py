"""What the crew has the screens show: a pinned message, panels, a test celebration, a reload.

It lives in Redis as one value per board, and is told on the channel when it changes; a screen that
comes later gets it from the web app. `docs/crew.md` has its members.
"""

import json
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis

from aggregates.keys import CHANNEL
from aggregates.message import SCHEMA, format_time

MAX_PIN_CHARACTERS = 140
# A screen that hears later than this of a celebration or a reload passes it over.
PULSE_SECONDS = 30


@dataclass(frozen=True)
class Control:
    """`pin` is shown until `pin_until` (None: until it is taken off).

    With `panels` None each screen shows those that its address says. `celebrate` and `reload` are a
    random id and a time: a screen acts once on each id.
    """

    pin: str = ""
    pin_until: str | None = None
    panels: tuple[str, ...] | None = None
    celebrate: tuple[str, str] | None = None
    reload: tuple[str, str] | None = None

    def with_pin(self, text: str, minutes: int | None, now: datetime) -> "Control":
        """Return it with a message, for so many minutes or until it is taken off."""
        until = None if minutes is None else format_time(now + timedelta(minutes=minutes))
        return replace(self, pin=text, pin_until=until if text else None)

    def with_panels(self, panels: Sequence[str] | None) -> "Control":
        """Return it with these panels on every screen; None: as each screen's address says."""
        return replace(self, panels=None if panels is None else tuple(panels))

    def with_celebration(self, now: datetime) -> "Control":
        """Return it with a test celebration."""
        return replace(self, celebrate=_pulse(now))

    def with_reload(self, now: datetime) -> "Control":
        """Return it with a reload of every screen."""
        return replace(self, reload=_pulse(now))

    def at(self, now: datetime) -> "Control":
        """Return it without a message whose time is over."""
        is_over = self.pin_until is not None and datetime.fromisoformat(self.pin_until) <= now
        return replace(self, pin="", pin_until=None) if is_over else self


def _pulse(now: datetime) -> tuple[str, str]:
    return secrets.token_hex(6), format_time(now)


class Screens:
    """Tells the screens of all boards. One process of the crew's does so."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        # What two helpers change at once is changed one after the other.
        self._lock = threading.Lock()

    def read(self, board: str) -> Control:
        """Return what the screens of a board are told to show."""
        text: Any = self._redis.get(control_key(board))
        return decode_control(text).at(now_utc()) if text else Control()

    def tell(self, board: str, change: Callable[[Control], Control]) -> None:
        """Change what all screens of a board show, those that come later as well."""
        with self._lock:
            text = json.dumps(asdict(change(self.read(board))), ensure_ascii=False)
            message = json.dumps({"schema": SCHEMA, "board": board, "control": text})
            # The value first: a screen that comes in between has it either way.
            self._redis.set(control_key(board), text)
            self._redis.publish(CHANNEL, message)


def control_key(board: str) -> str:
    """Return the key of a board's control."""
    return f"tally:{{{board}}}:control"


def decode_control(text: str | bytes) -> Control:
    """Return the control again; what is none is as if nothing had been said."""
    try:
        fields = json.loads(text)
        panels = fields.get("panels")
        until = fields.get("pin_until")
        if until is not None:
            datetime.fromisoformat(until)
        return Control(
            pin=str(fields.get("pin", ""))[:MAX_PIN_CHARACTERS],
            pin_until=until,
            panels=None if panels is None else tuple(map(str, panels)),
            celebrate=_pair(fields.get("celebrate")),
            reload=_pair(fields.get("reload")),
        )
    except (ValueError, TypeError, AttributeError):
        return Control()


def _pair(value: Any) -> tuple[str, str] | None:
    if value is None:
        return None
    id_, at = value
    return str(id_), str(at)


def now_utc() -> datetime:
    """Return the time now."""
    return datetime.now(UTC)
