"""A board's panels of stored queries: their answers, whether these are live, and their events.

An answer is live as long as SQL's service renews it. Where there is no such service there are none.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aggregates.held_panels import MAX_PANELS, STALE_SECONDS, HeldPanel, list_held
from aggregates.message import MessageError, format_time
from aggregates.panel import Panel, decode_panel
from aggregates.totals import quote
from webapp.brief_log import BriefLog
from webapp.frame import encode_event, encode_json

logger = logging.getLogger("tallyboard")


@dataclass
class _Known:
    """A panel, until when it counts as renewed (monotonic seconds), and its latest event.

    `renewed_ms` is the renewal that was read last, by Redis' clock; None if it was only heard of.
    """

    text: bytes
    panel: Panel
    live_until: float
    renewed_ms: int | None = None
    is_held: bool = True
    away_since: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    event: bytes = b""


class Panels:
    """The panels of one board. `on_change` is called when there is something new for clients."""

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._on_change = on_change
        self._known: dict[str, _Known] = {}
        self._new: dict[str, bytes] = {}
        self._log = BriefLog(logger)
        # The events of all panels, for a client that comes; empty on a board without any.
        self.greeting = b""

    def accept_fields(self, fields: Mapping[bytes, bytes], now_ms: int) -> None:
        """Take what Redis holds now; `now_ms` is its clock. What cannot be read is not renewed."""
        if not fields and not self._known:
            return
        held = list_held(fields)
        for name, one in held.items():
            live_until = time.monotonic() + STALE_SECONDS - max(0, now_ms - one.renewed_ms) / 1000
            self._note(name, one, live_until)
        for name, known in self._known.items():
            known.is_held = name in held
        self.judge()

    def accept_text(self, text: bytes) -> None:
        """Take a panel that was published just now. Raises `MessageError`."""
        panel = decode_panel(text)
        known = self._known.get(panel.name)
        if known is None and len(self._known) >= MAX_PANELS:
            return  # it is not in Redis, or will be read soon
        # A message may be later than the read that has a newer answer.
        if known is None or known.panel.at <= panel.at:
            self._put(_Known(text, panel, time.monotonic() + STALE_SECONDS))
            self.judge()

    def judge(self) -> None:
        """Note for clients which panels are other ones than they were told, or live no more."""
        is_new = False
        for name, known in list(self._known.items()):
            told = _tell(known)
            if told["state"] == "away" and not known.is_held:
                del self._known[name]
                told = {"name": name, "state": "gone"}
            if told != known.told:
                known.told, known.event = told, encode_event("panel", encode_json(told))
                self._new[name] = known.event
                is_new = True
        if is_new:
            self.greeting = b"".join(known.event for known in self._known.values())
            self._on_change()

    def take(self) -> bytes:
        """Return the events since the last call."""
        if not self._new:
            return b""
        events = b"".join(self._new.values())
        self._new.clear()
        return events

    def list_json(self) -> list[dict[str, Any]]:
        """Return all panels, each as its latest event."""
        return [known.told for known in self._known.values()]

    def _note(self, name: str, held: HeldPanel, live_until: float) -> None:
        known = self._known.get(name)
        if known is not None and known.text == held.text:
            # A clock that was set back does not make a renewal newer than it was when it came.
            is_new = known.renewed_ms != held.renewed_ms
            known.live_until = live_until if is_new else min(known.live_until, live_until)
            known.renewed_ms = held.renewed_ms
            return
        try:
            panel = decode_panel(held.text)
            if panel.name != name:
                raise MessageError(f"it is called {quote(panel.name)}")
        except MessageError as error:
            self._log.warn(f"the panel {name} was skipped: {error}")
        else:
            self._put(_Known(held.text, panel, live_until, held.renewed_ms))

    def _put(self, one: _Known) -> None:
        if (before := self._known.get(one.panel.name)) is not None:
            one.told, one.event = before.told, before.event
        self._known[one.panel.name] = one


def _tell(known: _Known) -> dict[str, Any]:
    """Return what clients are told of a panel; it is `away` if it was not renewed for too long."""
    told = known.panel.json()
    late_seconds = time.monotonic() - known.live_until
    if late_seconds < 0:
        known.away_since = ""
        return told
    if not known.away_since:
        renewed = datetime.now(UTC) - timedelta(seconds=late_seconds + STALE_SECONDS)
        known.away_since = format_time(renewed)
    return told | {"state": "away", "since": known.away_since}
