"""One board's chain: whether what was seen at its stream's tip is counted, noted in Redis.

The web app calls figures live while the note is at most a minute old. It is written by whoever
watches, and says until when, by Redis' clock, the table's newest change is known to be counted.
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

# Rounds that wait; a later one is added to the last of them.
_MOST_ROUNDS = 100
# Records that a round asks for at most, the newest.
_MOST_SIGHTINGS = 1000
# After this, a record that later ones of its shard have overtaken is taken for given up.
_GIVEN_UP_MS = 30_000


class _Waiting(NamedTuple):
    """A round whose records are not known to be counted yet, by item.

    It began after `now_ms`, by Redis' clock; None where it confirms nothing of its own.
    """

    now_ms: int | None
    cursors: dict[str, str]
    sightings: dict[str, Sighting]


class Found(NamedTuple):
    """What a check found: how the board stands, on which server, and whether that is proven."""

    standing: Standing
    server: str
    is_proven: bool


class Chain:
    """Follows one board. `add_round` what was seen at the tip, `check` whether it is counted.

    `doubt` is called where only a read of the table can tell: nothing says that what was written
    before the first round is counted, or records were given up.
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
        # What was written before the first round has to be proven.
        self._is_new = not from_start
        # For which epoch and server the rest holds: elsewhere, what was counted may be missing.
        self._place: tuple[str | None, str] | None = None
        # By DynamoDB's clock: when the newest record that is counted was read, and from when on a
        # proof has to have read the table; None where none has to.
        self._counted_s = float("-inf")
        self._proof_from_s: float | None = None
        self._last_read_s = float("-inf")
        self._waiting: list[_Waiting] = []
        # By Redis' clock: until when all is known to be counted, and what is noted.
        self._confirmed: tuple[int, dict[str, str]] | None = None
        self._noted: object = None
        self._doubted: object = None
        self._began_ms: int | None = None

    def load_note(self) -> ChainNote | None:
        """Return where an earlier watch stood; None where none did. Call it before all else."""
        note = read_note(self._redis, self._keys)
        if note is None:
            return None
        self._counted_s, self._place, self._is_new = note.read_s, (note.epoch, note.server), False
        return note

    @property
    def is_confirmed(self) -> bool:
        """Whether this watch has confirmed anything, here."""
        return self._confirmed is not None

    def describe_wait(self) -> str:
        """Return what is waited for, for a person."""
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
        """Take a round that began after `now_ms`, by Redis' clock; None where that is not known.

        Raises `KeyMismatch`.
        """
        self._last_read_s = found.read_s
        if found.is_broken or self._is_new:
            self.require_proof(found.read_s)
        self._is_new = False
        # In the order of each shard, so the newest record of an item stays.
        seen = {read_key(sighting.keys, self.board.key): sighting for sighting in found.sightings}
        waiting = _Waiting(now_ms if found.is_complete else None, found.cursors, seen)
        if len(self._waiting) >= _MOST_ROUNDS:
            last = self._waiting.pop()
            newest = list((last.sightings | seen).items())[-_MOST_SIGHTINGS:]
            waiting = _Waiting(waiting.now_ms or last.now_ms, found.cursors, dict(newest))
        self._waiting.append(waiting)

    def require_proof(self, from_s: float) -> None:
        """Have nothing be confirmed until the table was read after a time, by DynamoDB's clock."""
        self._proof_from_s = from_s

    def check(self) -> Found:
        """Ask whether what waits is counted, and note until when the chain is known to be whole.

        Raises redis-py's errors, also where Redis takes no note because it takes no writes.
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
        """Return for how long nothing was confirmed, by Redis' clock."""
        since_ms = self._confirmed[0] if self._confirmed else self._began_ms or now_ms
        return now_ms - since_ms

    def note_trouble(self, reason: str, now_ms: int) -> None:
        """Note why nothing is confirmed."""
        since_ms = now_ms - self.find_late_ms(now_ms)
        write_trouble(self._redis, self._keys, reason, since_ms)

    def _go_to(self, epoch: str | None, server: str) -> None:
        """Take note of where the totals are; elsewhere, a proof has to cover what was counted."""
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
        """Go on as far as what was seen is counted."""
        reply: Any = self._redis.hmget(self._keys.meta, ["streams", "stale_before", "read_stream"])
        streams = [int(made_ms) for made_ms in (reply[0] or b"").split(b",") if made_ms]
        proof = Coverage.of(float(reply[1] or 0), int(reply[2] or 0))
        if self._proof_from_s is not None:
            if proof.covers_until < self._proof_from_s:
                # A read of the table that began earlier would not do.
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
        """Return what of the sightings neither the ledger nor the proof has."""
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
        """Have the table be read where later records of a shard are counted, and these are not."""
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
        """Call `doubt`, once until there is another proof."""
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
