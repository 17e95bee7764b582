"""Makes the events for a board's clients from its state and status, each encoded once."""

import time
from collections.abc import Mapping
from typing import Any

from aggregates.control import NO_CONTROL, Control
from aggregates.schema import SCHEMA
from webapp.board_state import BoardState
from webapp.frame import encode_event, encode_json


class Frames:
    """Makes a board's events. `note_…` records a change; `take` returns what is new for clients.

    `look` is the JSON of the event's own look, None for the default.
    """

    def __init__(self, look: Mapping[str, Any] | None = None) -> None:
        self._look = look
        self._is_stale = True
        self._needs_snapshot = False
        self._has_new_status = True
        self._control, self._has_new_control = NO_CONTROL, False
        self._snapshot: tuple[tuple[str, Mapping[str, Any], Control, int], str, bytes] | None = None

    def note_update(self) -> None:
        """Note that the state has changed; the next update has the change."""
        self._is_stale = True

    def note_reset(self) -> None:
        """Note that the state was replaced; clients need a snapshot."""
        self._is_stale = self._needs_snapshot = True

    def note_status(self) -> None:
        """Note that the status has changed."""
        self._has_new_status = True

    @property
    def control(self) -> Control:
        """What the crew makes screens show."""
        return self._control

    def change_look(self, look: Mapping[str, Any] | None) -> None:
        """Use another look from the next snapshot on."""
        self._look = look
        self._snapshot = None

    def note_control(self, control: Control) -> bool:
        """Note what the crew makes screens show; return whether it is new."""
        is_new = control != self._control
        self._control, self._has_new_control = control, self._has_new_control or is_new
        return is_new

    def take(self, state: BoardState | None, status: Mapping[str, Any]) -> bytes:
        """Return the new events for clients that are up to date; empty if nothing is new."""
        frame = b""
        if state is not None and self._is_stale:
            frame = self._take_state(state, status)
        if self._has_new_control:
            self._has_new_control = False
            frame += encode_control(self._control)
        if self._has_new_status:
            self._has_new_status = False
            frame += encode_status(status)
        return frame

    def encode_snapshot(self, state: BoardState, status: Mapping[str, Any]) -> tuple[str, bytes]:
        """Return the snapshot as JSON and as an event, encoded once per version and second."""
        told = {name: value for name, value in status.items() if name != "at"}
        now = time.time()
        key = (state.id, told, self._control, int(now))
        if self._snapshot is None or self._snapshot[0] != key:
            shown = {"schema": SCHEMA, **state.snapshot_json(now)}
            shown["look"] = self._look
            whole = shown | {"control": self._control.json(), "status": status}
            text = encode_json(whole)
            self._snapshot = key, text, encode_event("snapshot", text, state.id)
        return self._snapshot[1:]

    def _take_state(self, state: BoardState, status: Mapping[str, Any]) -> bytes:
        is_reset = self._needs_snapshot
        needs_snapshot = is_reset or state.needs_snapshot
        update = state.take_update_json(time.time())
        self._is_stale = self._needs_snapshot = False
        if not needs_snapshot:
            return encode_event("update", encode_json(update), state.id)
        self._snapshot = None
        snapshot = self.encode_snapshot(state, status)[1]
        if is_reset:
            return snapshot
        # An update makes clients celebrate what was just reached. It has no id: a client that is
        # cut off between the two must get the snapshot when it comes back.
        return encode_event("update", encode_json(update)) + snapshot


def encode_status(status: Mapping[str, Any]) -> bytes:
    """Return the event `status`."""
    return encode_event("status", encode_json(dict(status)))


def encode_control(control: Control) -> bytes:
    """Return the event `control`."""
    return encode_event("control", encode_json(control.json()))
