"""One board's feed: its state, whether that can be relied upon, and the frames made of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

from aggregates.board import Board
from aggregates.message import Message, Snapshot, format_time
from aggregates.schema import SCHEMA
from webapp.board_state import BoardState
from webapp.frame import encode_event, encode_json

# After a batch whose records had been made long before, others may still be on their way.
_BEHIND_SECONDS = 60.0

State = Literal["live", "checking", "offline"]

_NOT_CONNECTED = "Redis does not answer"
_NOTHING_YET = "Nothing has been counted yet"
_NOT_VERIFIED = "The totals have not been checked against the table yet"
_BEHIND = "The stream is behind the table"
_LOST = "Redis may have lost data; the table has to be read again"


@dataclass(frozen=True)
class Status:
    """Whether the figures can be relied upon, since when, and why not."""

    state: State
    reason: str
    since: datetime


class Feed:
    """What is known of a board, and the bytes that tell it to clients.

    Figures that were proven once are kept until others are proven: when Redis loses data, clients
    see the last good figures with the state `checking`, never a part of the total.
    """

    def __init__(self, board: Board, page: str) -> None:
        self.board = board
        self.page = page
        self.state: BoardState | None = None
        self.status = Status("offline", _NOT_CONNECTED, datetime.now(UTC))
        # The version that Redis had last, which may be one that is held back.
        self.seen: tuple[str, int] | None = None
        # Whether it is held back: new writes do not mend what was lost, a proof does.
        self._held_back = False
        self.server = self._doubt = ""
        # Of the last message, and of the newest record in the last frame; None before there is one.
        self.listener_lag_seconds: float | None = None
        self.frame_delay_seconds: float | None = None
        self._framed_created: str | None = None
        # Called when there is something new to tell.
        self.on_change: Callable[[], None] = lambda: None
        self._stale = True
        self._snapshot: tuple[tuple[str, Status, int], str, bytes] | None = None
        self._resync = False
        self._status_changed = True

    @property
    def live(self) -> bool:
        return self.status.state == "live"

    def set_offline(self, reason: str = _NOT_CONNECTED) -> None:
        """Note that Redis cannot be heard; the figures stay."""
        self._set_status("offline", reason)

    def accept_snapshot(self, snapshot: Snapshot | None, server: str, doubt: str = "") -> None:
        """Take over what Redis holds, or hold it back while it may be less than the truth.

        `server` is the id of the Redis that was read, `doubt` why none of its figures can be relied
        upon.
        """
        self.server, self._doubt = server, doubt
        was_followed = self.seen is not None and not self._held_back
        self.seen = (snapshot.epoch, snapshot.version) if snapshot else None
        state = self.state
        if snapshot is None:
            self._set_status("checking", _LOST if state else _NOTHING_YET)
            return
        if state is not None and state.proof is not None and self._is_doubtful(snapshot, state):
            self._held_back = True
            self._set_status("checking", _LOST)
            return
        self._held_back = False
        # After a loss the same version may come again, with other figures: its proof is another.
        known = state and (state.epoch, state.version, state.proof)
        if known != (snapshot.epoch, snapshot.version, snapshot.proof):
            self.state = BoardState(self.board, snapshot)
            goes_on = state is not None and state.epoch == snapshot.epoch and was_followed
            if goes_on and state is not None and state.version <= snapshot.version:
                self.state.follow(state)
            else:
                self._resync = True
            self._stale = True
            self.on_change()
        self._set_trusted()

    def _is_doubtful(self, snapshot: Snapshot, state: BoardState) -> bool:
        """Whether Redis may have lost some of the proven figures that are shown."""
        assert state.proof is not None
        if snapshot.proof is None or snapshot.proof.server != self.server:
            return True
        went_back = snapshot.epoch != state.epoch or snapshot.version < state.version
        # What was proven earlier than the figures shown proves nothing of them.
        newly_proven = snapshot.proof.verified_at > state.proof.verified_at
        return (went_back or self._held_back) and not newly_proven

    def review(self) -> None:
        """Look again at whether the figures can be relied upon: time has passed."""
        if self.state is not None and self.status.state != "offline" and not self._held_back:
            self._set_trusted()

    def accept_message(self, message: Message) -> bool:
        """Apply a message; return False where Redis has to be read instead."""
        state = self.state
        if state is None or self.seen is None or self._held_back:
            return False
        if message.epoch != state.epoch:
            return False
        if message.version <= state.version:
            return True
        if message.version != state.version + 1:
            return False
        state.apply(message)
        self.listener_lag_seconds = _seconds_since(message.at)
        self.seen = (state.epoch, state.version)
        self._stale = True
        self.on_change()
        self._set_trusted()
        return not state.needs_read

    def take_frame(self) -> bytes | None:
        """Return what clients that are up to date have to be told, or None."""
        frame = b""
        if self.state is not None and self._stale:
            needs_snapshot = self._resync or self.state.needs_snapshot
            update = self.state.take_update_json(_now_seconds())
            if not self._resync:
                # Also before a snapshot: what was reached just now is celebrated by an update. It
                # has no id then: who is cut off in between needs the snapshot.
                id_ = None if needs_snapshot else self.state.id
                frame = encode_event("update", encode_json(update), id_)
            if needs_snapshot:
                frame += self.snapshot_frame()
            self._stale = self._resync = False
            if self.state.created is not None and self.state.created != self._framed_created:
                self._framed_created = self.state.created
                self.frame_delay_seconds = _seconds_since(self.state.created)
        if self._status_changed:
            self._status_changed = False
            frame += self.status_frame()
        return frame or None

    def snapshot_frame(self) -> bytes:
        """Return the event `snapshot`; empty where there is no state yet."""
        return b"" if self.state is None else self._encode_snapshot()[1]

    def snapshot_text(self) -> str:
        """Return the snapshot as JSON; only where there is a state."""
        return self._encode_snapshot()[0]

    def _encode_snapshot(self) -> tuple[str, bytes]:
        """Return the snapshot as JSON and as an event, encoded once per version and second."""
        assert self.state is not None
        key = (self.state.id, self.status, int(_now_seconds()))
        if self._snapshot is None or self._snapshot[0] != key:
            snapshot = self.state.snapshot_json(_now_seconds())
            whole = {"schema": SCHEMA, **snapshot, "status": self.status_json()}
            text = encode_json(whole)
            self._snapshot = key, text, encode_event("snapshot", text, self.state.id)
        return self._snapshot[1:]

    @property
    def tag(self) -> str:
        """What stands for the snapshot, but for the clock in it."""
        told = (self.state and self.state.id, self.status, self.page)
        return sha256(repr(told).encode()).hexdigest()[:16]

    def status_frame(self) -> bytes:
        """Return the event `status`, as of now."""
        return encode_event("status", encode_json(self.status_json()))

    def status_json(self) -> dict[str, Any]:
        return {
            "state": self.status.state,
            "live": self.live,
            "since": format_time(self.status.since),
            "reason": self.status.reason,
            "at": format_time(datetime.now(UTC)),
            "page": self.page,
        }

    def _set_trusted(self) -> None:
        assert self.state is not None
        proof, late_at = self.state.proof, self.state.late_at
        late_seconds = None if late_at is None else _seconds_since(late_at)
        if self._doubt:
            self._set_status("checking", self._doubt)
        elif proof is None or proof.server != self.server:
            self._set_status("checking", _NOT_VERIFIED)
        elif late_seconds is not None and late_seconds < _BEHIND_SECONDS:
            self._set_status("checking", _BEHIND)
        else:
            self._set_status("live", "")

    def _set_status(self, state: State, reason: str) -> None:
        if (state, reason) != (self.status.state, self.status.reason):
            since = datetime.now(UTC) if state != self.status.state else self.status.since
            self.status = Status(state, reason, since)
            self._status_changed = True
            self.on_change()


def _now_seconds() -> float:
    return datetime.now(UTC).timestamp()


def _seconds_since(at: str) -> float | None:
    """Return how long ago a time was; None where it is none."""
    try:
        return _now_seconds() - datetime.fromisoformat(at).timestamp()
    except (TypeError, ValueError):
        return None
