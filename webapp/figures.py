"""A board's figures: decides which of those read from Redis are shown, and which held back."""

from collections.abc import Set
from dataclasses import replace
from enum import Enum, auto

from aggregates.board import ALL, Board
from aggregates.message import Message, Proof
from aggregates.snapshot import Snapshot
from webapp.board_state import BoardState
from webapp.following import Place, Step, follow_message
from webapp.frame import encode_json

# Identifies a proof: epoch, time and server.
_ProofId = tuple[str, str, str]


class Change(Enum):
    """What a snapshot changed in what is shown."""

    NONE = auto()
    UPDATE = auto()  # the next update has it
    RESET = auto()  # clients need a snapshot


class Figures:
    """The figures shown, as `state`; None until proven figures were read.

    Proven figures are kept until others are proven: when Redis loses data, the last good figures
    stay, never a part of the total. Figures from messages are replaced by what is read.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self.state: BoardState | None = None
        # What Redis last held, shown or not, and on which server.
        self.seen: Place | None = None
        self.server = ""
        self.is_held_back = False
        # A read differed from what messages had shown, and nothing has been proven since.
        self.has_shown_other = False
        # The snapshot that is shown, or from which messages led to what is shown.
        self._read: Snapshot | None = None
        self._doubted: Set[_ProofId] = frozenset()
        self._is_restored = False

    @property
    def shown(self) -> Place | None:
        return None if self.state is None else Place(self.state.epoch, self.state.version)

    @property
    def is_proven_here(self) -> bool:
        """Whether the shown figures were proven on the server that was last read."""
        proof = None if self.state is None else self.state.proof
        return proof is not None and proof.server == self.server

    def accept_snapshot(self, snapshot: Snapshot | None, server: str) -> Change:
        """Show what Redis holds, or hold it back while it may be less than the proven figures."""
        last, self.server = self.seen, server
        self.seen = None if snapshot is None else Place(snapshot.epoch, snapshot.version)
        if snapshot is None or not self._may_be_shown(snapshot):
            self._hold_back(snapshot)
            return Change.NONE
        if self._read is not None and self._went_back(snapshot, self._read):
            if not self._is_newly_proven(snapshot, last):
                self._hold_back(snapshot)
                return Change.NONE
        elif self.is_held_back and not self._is_newly_proven(snapshot, last):
            self._hold_back(snapshot)
            return Change.NONE
        return self._show(snapshot)

    def step(self, message: Message) -> Step:
        """Return what to do about a message."""
        read = None if self._read is None else Place(self._read.epoch, self._read.version)
        return follow_message(message, shown=self.shown, read=read, is_held_back=self.is_held_back)

    def apply(self, message: Message) -> None:
        """Apply a message that follows what is shown."""
        assert self.state is not None
        self.state.apply(message)
        if message.proof is not None:
            self.has_shown_other = False
        self.seen = Place(self.state.epoch, self.state.version)

    def restore(self) -> None:
        """Go back to what was last read: messages since then cannot be used."""
        if self.state is not None and self._read is not None:
            # Figures can only be shown with the board definition they were counted under.
            self.state = BoardState(self.state.board, self._read)
        self.seen = None
        self._is_restored = True

    def change_board(self, board: Board) -> None:
        """Use a new version of the board's file for what is read from now on."""
        if board.definition == self._board.definition:
            # The figures are the same; they are read again to show the new texts.
            self.seen = None
        self._board = board
        self._is_restored = True

    def _may_be_shown(self, snapshot: Snapshot) -> bool:
        """Return whether a snapshot is complete, of this definition, and proven on its server."""
        proof = snapshot.proof
        return (
            snapshot.definition == self._board.definition
            and not snapshot.is_lost
            and proof is not None
            and proof.server == self.server
        )

    def _went_back(self, snapshot: Snapshot, read: Snapshot) -> bool:
        return snapshot.epoch != read.epoch or snapshot.version < read.version

    def _is_newly_proven(self, snapshot: Snapshot, last: Place | None) -> bool:
        """Return whether a snapshot's proof was made after data was lost.

        A proof is new if this process has not seen it, and the state has not gone back since the
        last one seen. If it has gone back, the proof must also be later than all known ones.
        """
        assert snapshot.proof is not None
        known = set(self._doubted)
        if self._read is not None and self._read.proof is not None:
            known.add(_identify(self._read.proof, self._read.epoch))
        if self.state is not None and self.state.proof is not None:
            known.add(_identify(self.state.proof, self.state.epoch))
        if _identify(snapshot.proof, snapshot.epoch) in known:
            return False
        goes_on = last is None or last.epoch != snapshot.epoch or last.version <= snapshot.version
        return goes_on or all(snapshot.proof.verified_at > at for _, at, _ in known)

    def _hold_back(self, snapshot: Snapshot | None) -> None:
        if self.state is None:
            return
        self.is_held_back = True
        if snapshot is not None and snapshot.proof is not None:
            self._doubted |= {_identify(snapshot.proof, snapshot.epoch)}

    def _show(self, snapshot: Snapshot) -> Change:
        old, read, snapshot = self.state, self._read, replace(snapshot, now_ms=0)
        if snapshot == read and self.shown == self.seen and not self.is_held_back:
            self._is_restored = False
            return Change.NONE
        state = BoardState(self._board, snapshot)
        # This raises for a state that cannot be encoded, before anything is changed.
        encode_json(state.snapshot_json(0)).encode()
        is_proven_since = read is None or snapshot.proof != read.proof
        if is_proven_since or self.is_held_back:
            self.has_shown_other = False
        elif old is not None and _shows_other(old, state):
            self.has_shown_other = True
        goes_on = (
            old is not None
            and not (self.is_held_back or self._is_restored)
            and old.epoch == state.epoch
            and old.version <= state.version
        )
        self.state, self._read = state, snapshot
        self.is_held_back, self._doubted, self._is_restored = False, frozenset(), False
        if not goes_on or old is None:
            return Change.RESET
        state.follow(old)
        return Change.UPDATE


def _shows_other(shown: BoardState, read: BoardState) -> bool:
    """Return whether messages had shown something that Redis does not have."""
    if shown.version != read.version:
        return shown.version > read.version
    # Only ALL is compared: a read may have other groups than the messages had.
    return bool(shown.snapshot_json(0)["totals"][ALL] != read.snapshot_json(0)["totals"][ALL])


def _identify(proof: Proof, epoch: str) -> _ProofId:
    return epoch, proof.verified_at, proof.server
