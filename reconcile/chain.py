"""Checks one board's chain: whether changes seen at its stream's tip are counted.

A note in Redis says until when, by Redis' clock, the table's changes are known to be counted. The
web app calls figures live while the note is at most 50 s old (`webapp/trust.py`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from redis import Redis

from aggregates.board import Board
from aggregates.item import read_key
from aggregates.keys import board_keys
from aggregates.scripts import Standing, read_standing
from aggregates.server_id import read_server_id
from reconcile.chain_note import ChainNote, read_note, write_note, write_trouble
from reconcile.counted import MARGIN_SECONDS, Coverage, is_counted
from reconcile.sighting import Round, Sighting

# How many rounds may wait; a later one is merged into the last.
_MOST_ROUNDS = 100
# How many records of merged rounds are checked, the newest.
_MOST_SIGHTINGS = 1000
# After this time, a record is considered given up if later records of its shard are counted.
_GIVEN_UP_MS = 30_000


class _Waiting(NamedTuple):
    """A round whose records, by item, are not known to be counted yet.

    It began after `now_ms`, by Redis' clock; None if the round confirms nothing by itself.
    """

    now_ms: int | None
    cursors: dict[str, str]
    sightings: dict[str, Sighting]


class Found(NamedTuple):
    """The result of a check: the board's state, its server, and whether its totals are proven."""

    standing: Standing
    server: str
    is_proven: bool


class Chain:
    """Follows one board: `add_round` takes what was seen at the tip, `check` checks if it counts.

    `doubt` is called when only reading the table can tell: when changes from before the first round
    may not be counted, or when records were given up.
    """

    def __init__(
        self,
        board: Board,
        redis: Redis,
        doubt: Callable[[Board], None],
        *,
        from_start: bool = False,
    ) -> None:
        self.board, self._redis, self._doubt = board, redis, doubt
        self._keys = board_keys(board.name)
        # A proof must cover what was written before the first round.
        self._is_new = not from_start
        # The epoch and server for which the fields below hold: elsewhere, counted changes may be
        # missing.
        self._place: tuple[str | None, str] | None = None
        # By DynamoDB's clock: when the newest counted record was read; and the time after which a
        # proof must have read the table, None if no proof is needed.
        self._counted_s = float("-inf")
        self._proof_from_s: float | None = None
        self._last_read_s = float("-inf")
        self._waiting: list[_Waiting] = []
        # The time (Redis' clock) until which everything is known to be counted, with the cursors;
        # and what was last noted.
        self._confirmed: tuple[int, dict[str, str]] | None = None
        self._noted: object = None
        self._doubted: object = None
        self._began_ms: int | None = None

    def load_note(self) -> ChainNote | None:
        """Resume from an earlier watch's note and return it; None without one. Call this first."""
        note = read_note(self._redis, self._keys)
        if note is None:
            return None
        self._counted_s, self._place, self._is_new = note.read_s, (note.epoch, note.server), False
        return note

    @property
    def is_confirmed(self) -> bool:
        """Whether this watch has confirmed anything on this server."""
        return self._confirmed is not None

    def describe_wait(self) -> str:
        """Return what the chain waits for, as text for a person."""
        if self._proof_from_s is not None:
            return "the table has to be read first, to see that older donations are counted"
        count = sum(len(waiting.sightings) for waiting in self._waiting)
        if count:
            return f"{count} changes of the table are waiting for the function"
        return "the totals have to be proven first"

    def read_now_ms(self) -> int:
        """Return the time by the clock of the Redis that holds the board."""
        return read_standing(self._redis, self._keys).now_ms

    def add_round(self, now_ms: int | None, found: Round) -> None:
        """Add a round that began after `now_ms`, by Redis' clock; None if that is unknown.

        Raises `KeyMismatch`.
        """
        self._last_read_s = found.read_s
        if found.is_broken or self._is_new:
            self.require_proof(found.read_s)
        self._is_new = False
        # Sightings are in each shard's order, so the newest record of an item remains.
        seen = {read_key(sighting.keys, self.board.key): sighting for sighting in found.sightings}
        waiting = _Waiting(now_ms if found.is_complete else None, found.cursors, seen)
        if len(self._waiting) >= _MOST_ROUNDS:
            last = self._waiting.pop()
            newest = list((last.sightings | seen).items())[-_MOST_SIGHTINGS:]
            waiting = _Waiting(waiting.now_ms or last.now_ms, found.cursors, dict(newest))
        self._waiting.append(waiting)

    def require_proof(self, from_s: float) -> None:
        """Confirm nothing until the table has been read after a time, by DynamoDB's clock."""
        self._proof_from_s = from_s

    def check(self) -> Found:
        """Check whether waiting records are counted; note until when all changes are counted.

        Raises redis-py's errors, also if Redis refuses the note because it refuses all writes.
        """
        standing = read_standing(self._redis, self._keys)
        server = read_server_id(self._redis, self._keys.meta)
        is_proven = (
            standing.epoch is not None
            and standing.verified_server == server
            and standing.definition == self.board.definition
            and not standing.is_lost
        )
        self._began_ms = self._began_ms or standing.now_ms
        self._go_to(standing.epoch, server)
        if is_proven:
            self._confirm(standing.now_ms)
            if self._confirmed is not None and self._noted != (self._place, self._confirmed):
                self._note()
        return Found(standing, server, is_proven)

    def find_late_ms(self, now_ms: int) -> int:
        """Return how long nothing has been confirmed, by Redis' clock."""
        since_ms = self._confirmed[0] if self._confirmed else self._began_ms or now_ms
        return now_ms - since_ms

    def note_trouble(self, reason: str, now_ms: int) -> None:
        """Note why nothing is confirmed."""
        since_ms = now_ms - self.find_late_ms(now_ms)
        write_trouble(self._redis, self._keys, reason, since_ms)

    def _go_to(self, epoch: str | None, server: str) -> None:
        """Remember where the totals are; if they moved, a proof must cover what was counted."""
        place, self._place = self._place, (epoch, server)
        if place in (None, self._place):
            return
        if self._counted_s > float("-inf"):
            self._proof_from_s = max(self._proof_from_s or 0.0, self._counted_s)
        if place is not None and place[1] != server:
            # Another server has another clock.
            self._confirmed = self._began_ms = None
            self._waiting = [waiting._replace(now_ms=None) for waiting in self._waiting]

    def _confirm(self, now_ms: int) -> None:
        """Confirm rounds in order, up to the first with a record that is not counted."""
        reply: Any = self._redis.hmget(self._keys.meta, ["streams", "stale_before", "read_stream"])
        streams = [int(made_ms) for made_ms in (reply[0] or b"").split(b",") if made_ms]
        proof = Coverage.of(float(reply[1] or 0), int(reply[2] or 0))
        if self._proof_from_s is not None:
            if proof.covers_until < self._proof_from_s:
                # A read of the table that began earlier would prove too little.
                if self._last_read_s >= self._proof_from_s + MARGIN_SECONDS:
                    self._doubt_once(proof)
                return
            self._counted_s = max(self._counted_s, self._proof_from_s)
            self._proof_from_s = None
        while self._waiting:
            first = self._waiting[0]
            left = self._find_uncounted(first.sightings, streams, proof)
            if left:
                self._waiting[0] = first._replace(sightings=left)
                if first.now_ms is not None and now_ms - first.now_ms > _GIVEN_UP_MS:
                    self._look_for_given_up(left, streams, proof)
                return
            self._waiting.pop(0)
            if first.now_ms is not None:
                self._confirmed = first.now_ms, first.cursors

    def _find_uncounted(
        self, sightings: dict[str, Sighting], streams: list[int], proof: Coverage
    ) -> dict[str, Sighting]:
        """Return the sightings that neither the ledger nor the proof covers."""
        if not sightings:
            return {}
        entries: Any = self._redis.hmget(self._keys.ledger, list(sightings))
        left = dict(sightings)
        for (item, sighting), packed in zip(sightings.items(), entries, strict=True):
            if proof.covers(sighting) or is_counted(sighting, packed, streams):
                self._counted_s = max(self._counted_s, sighting.read_s)
                del left[item]
        return left

    def _look_for_given_up(
        self, left: dict[str, Sighting], streams: list[int], proof: Coverage
    ) -> None:
        """Ask for a read of the table if later records of a shard are counted before these."""
        later = {
            item: sighting
            for waiting in self._waiting
            for item, sighting in waiting.sightings.items()
            if item not in left
        }
        uncounted = self._find_uncounted(later, streams, proof)
        passed: dict[str, int] = {}
        for item in later.keys() - uncounted.keys():
            sighting = later[item]
            passed[sighting.shard] = max(passed.get(sighting.shard, 0), sighting.sequence)
        if any(passed.get(lost.shard, 0) > lost.sequence for lost in left.values()):
            self._doubt_once(proof)

    def _doubt_once(self, proof: Coverage) -> None:
        """Call `doubt`, but only once per proof."""
        if self._doubted != proof:
            self._doubted = proof
            self._doubt(self.board)

    def _note(self) -> None:
        assert self._place is not None
        assert self._confirmed is not None
        (epoch, server), (confirmed_ms, cursors) = self._place, self._confirmed
        note = ChainNote(epoch or "", server, confirmed_ms, self._counted_s, cursors)
        write_note(self._redis, self._keys, note)
        self._noted = (self._place, self._confirmed)
