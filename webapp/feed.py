"""One board's feed: its figures, whether they are reliable, and the frames for clients."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from aggregates.board import Board
from aggregates.control import Control
from aggregates.message import Message, Proof, format_time
from aggregates.scripts import Standing
from aggregates.snapshot import Snapshot
from webapp.ages import seconds_since
from webapp.board_state import BoardState
from webapp.facts import gather_facts
from webapp.figures import Change, Figures
from webapp.following import Step, follow_check
from webapp.frames import Frames, encode_control, encode_status
from webapp.panels import Panels
from webapp.trust import Facts, State, judge

logger = logging.getLogger("tallyboard")

_NOT_CONNECTED = "Redis does not answer"
UNREADABLE = "What Redis holds of this board cannot be read"

# Returns the JSON of a board's own look; None for the default look.
TellLook = Callable[[Board], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Status:
    """Whether the figures are reliable, since when, and why not."""

    state: State
    reason: str
    since: datetime


class Feed:
    """Everything known about a board from messages and reads, encoded for clients.

    Bad data affects only its own board. Only two methods raise for it: `accept_snapshot`, whose
    caller then calls `set_unreadable`, and `accept_message`, whose caller calls `take_back`.
    """

    def __init__(self, board: Board, page: str, tell_look: TellLook = lambda _: None) -> None:
        self.board = board
        self.page = page
        self.status = Status("offline", _NOT_CONNECTED, datetime.now(UTC))
        # Since when the board has not been live; None while it is.
        self.dark_since: datetime | None = self.status.since
        # For the last message, and for the newest record in the last frame; None before the first.
        self.listener_lag_seconds: float | None = None
        self.frame_delay_seconds: float | None = None
        # Called when there is something new for clients.
        self.on_change: Callable[[], None] = lambda: None
        self.panels = Panels(lambda: self.on_change())
        self._figures = Figures(board)
        self._tell_look = tell_look
        self._frames = Frames(tell_look(board))
        self._framed_created: str | None = None
        self._unreachable = _NOT_CONNECTED
        self._standing: Standing | None = None
        self._server = self._eviction = ""

    @property
    def state(self) -> BoardState | None:
        """The state that is shown; None until proven figures were read."""
        return self._figures.state

    @property
    def live(self) -> bool:
        return self.status.state == "live"

    @property
    def chain_age_seconds(self) -> float | None:
        """The age of the note that all changes are counted, at the last check; None: no note."""
        return self._gather_facts().chain_age_seconds

    def set_offline(self, reason: str = _NOT_CONNECTED) -> None:
        """Note that Redis does not answer; the figures stay."""
        self._unreachable = reason
        self._judge()
        self.panels.judge()

    def set_unreadable(self, error: Exception) -> None:
        """Note that the board's data in Redis cannot be used; the figures stay."""
        self._figures.seen = None
        # Only the error's type: its text may quote what donors wrote.
        self.set_offline(f"{UNREADABLE} ({type(error).__name__})")

    def take_back(self, error: Exception) -> None:
        """Undo messages that cannot be encoded: show again what was last read from Redis."""
        self._figures.restore()
        self.set_unreadable(error)

    def change_board(self, board: Board) -> None:
        """Use a new version of the board's file, as soon as the board is read again.

        If its definition is different, the figures stay until new ones are proven.
        """
        counts_otherwise = board.definition != self.board.definition
        self.board = board
        self._figures.change_board(board)
        self._frames.change_look(self._tell_look(board))
        if counts_otherwise:
            self._judge()

    def accept_standing(self, standing: Standing, server: str, eviction: str = "") -> Step:
        """Take the result of a check; return `Step.READ` if the board must be read.

        `server` is the id of the Redis that answered, `eviction` the reason why it may evict data.
        """
        figures = self._figures
        self._standing, self._server, self._eviction = standing, server, eviction
        step = follow_check(standing, server, seen=figures.seen, seen_server=figures.server)
        if step is not Step.READ:
            self._judge()
        return step

    def accept_control(self, control: Control) -> None:
        """Take what the crew makes screens show."""
        if self._frames.note_control(control):
            self.on_change()

    def accept_snapshot(self, snapshot: Snapshot | None, server: str) -> None:
        """Show what was read, or hold it back while it may be less than the proven figures.

        Raises any error of a snapshot that cannot be encoded.
        """
        if snapshot is not None:
            self._note_proof(snapshot.proof)
        change = self._figures.accept_snapshot(snapshot, server)
        if change is Change.RESET:
            self._frames.note_reset()
        elif change is Change.UPDATE:
            self._frames.note_update()
        if change is not Change.NONE:
            self.on_change()
        self._unreachable = ""
        self._judge()

    def accept_message(self, message: Message) -> Step:
        """Apply a message if it is the next one; return `Step.READ` if the board must be read."""
        step = self._figures.step(message)
        if step is not Step.FOLLOW or self.state is None:
            return step
        self._figures.apply(message)
        if message.proof is not None:
            self._note_proof(message.proof)
        self.listener_lag_seconds = seconds_since(message.at)
        self._frames.note_update()
        self.on_change()
        self._judge()
        return Step.READ if self.state.needs_read else step

    def take_frame(self) -> bytes | None:
        """Return the next frame for clients that are up to date, None if nothing is new."""
        try:
            frame = self._frames.take(self.state, self.status_json())
        except Exception as error:  # a message with something that cannot be encoded
            logger.warning("board %s: cannot encode: %s", self.board.name, type(error).__name__)
            self.take_back(error)
            return self._frames.take(None, self.status_json()) + self.panels.take()
        created = self.state.created if self.state is not None else None
        if frame and created is not None and created != self._framed_created:
            self._framed_created = created
            self.frame_delay_seconds = seconds_since(created)
        return frame + self.panels.take() or None

    def snapshot_frame(self) -> bytes:
        """Return the event `snapshot`; empty if there is no state yet."""
        return b"" if self.state is None else self._encode_snapshot()[1]

    def snapshot_text(self) -> str:
        """Return the snapshot as JSON; call it only if there is a state."""
        return self._encode_snapshot()[0]

    def _encode_snapshot(self) -> tuple[str, bytes]:
        assert self.state is not None
        try:
            return self._frames.encode_snapshot(self.state, self.status_json())
        except Exception as error:
            self.take_back(error)
            # This cannot fail: what was read has been encoded once already.
            return self._frames.encode_snapshot(self.state, self.status_json())

    @property
    def tag(self) -> str:
        """An ETag of the snapshot, without the time in it."""
        told = (self.state and self.state.id, self.status, self.page, self._frames.control)
        return sha256(repr(told).encode()).hexdigest()[:16]

    def status_frame(self) -> bytes:
        """Return the current event `status`."""
        return encode_status(self.status_json())

    def welcome_frame(self) -> bytes:
        """Return the first frame of a client that needs no snapshot, or if there is no state."""
        return encode_control(self._frames.control) + self.panels.greeting + self.status_frame()

    def status_json(self) -> dict[str, Any]:
        return {
            "state": self.status.state,
            "live": self.live,
            "since": format_time(self.status.since),
            "reason": self.status.reason,
            "at": format_time(datetime.now(UTC)),
            "page": self.page,
        }

    def _judge(self) -> None:
        verdict = judge(self._gather_facts())
        if verdict != (self.status.state, self.status.reason):
            goes_on = verdict.state == self.status.state
            since = self.status.since if goes_on else datetime.now(UTC)
            self.status = Status(verdict.state, verdict.reason, since)
            self.dark_since = None if self.live else self.dark_since or since
            self._frames.note_status()
            self.on_change()

    def _note_proof(self, proof: Proof | None) -> None:
        """Note what was read or told since the last check."""
        if self._standing is not None:
            server = None if proof is None else proof.server
            self._standing = self._standing._replace(verified_server=server)

    def _gather_facts(self) -> Facts:
        return gather_facts(
            self.board,
            self._figures,
            self._standing,
            self._server,
            unreachable=self._unreachable,
            eviction=self._eviction,
        )
