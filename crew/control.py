"""What the crew has the screens show: a pinned message, panels, a test celebration, a reload.

It lives in Redis as one value per board, and is told on the channel when it changes; a screen that
comes later gets it from the web app. `docs/protocol.md` has its members.
"""

import json
import secrets
from collections.abc import Sequence
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
    """`pin` is shown until `pin_until` (None: until it is taken off); `panels` None: the board's.

    `celebrate` and `reload` are a random id and a time: a screen acts once on each id.
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


def _pulse(now: datetime) -> tuple[str, str]:
    return secrets.token_hex(6), format_time(now)


class Screens:
    """Tells the screens of all boards."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def read(self, board: str) -> Control:
        """Return what the screens of a board are told to show."""
        text: Any = self._redis.get(control_key(board))
        return decode_control(text) if text else Control()

    def tell(self, board: str, control: Control) -> None:
        """Have all screens of a board show it, those that come later as well."""
        text = json.dumps(asdict(control), ensure_ascii=False)
        message = json.dumps({"schema": SCHEMA, "board": board, "control": text})
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(control_key(board), text)
        pipeline.publish(CHANNEL, message)
        pipeline.execute()


def control_key(board: str) -> str:
    """Return the key of a board's control."""
    return f"tally:{{{board}}}:control"


def decode_control(text: str | bytes) -> Control:
    """Return the control again; raise ValueError for what is none."""
    fields = json.loads(text)
    panels = fields.get("panels")
    return Control(
        pin=str(fields.get("pin", ""))[:MAX_PIN_CHARACTERS],
        pin_until=fields.get("pin_until"),
        panels=None if panels is None else tuple(map(str, panels)),
        celebrate=_pair(fields.get("celebrate")),
        reload=_pair(fields.get("reload")),
    )


def _pair(value: Any) -> tuple[str, str] | None:
    if value is None:
        return None
    id_, at = value
    return str(id_), str(at)


def now_utc() -> datetime:
    """Return the time now."""
    return datetime.now(UTC)
