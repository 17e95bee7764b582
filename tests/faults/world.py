"""One random run: a changing table, its stream, the function, reconcile, and their faults.

Time is virtual, except for leases. One seed determines everything, except the order of threads if
there are several segments.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError
from redis import Redis
from redis.exceptions import RedisError

from aggregates import batch
from aggregates.board import Board
from aggregates.keys import BoardKeys, board_keys
from aggregates.scripts import Standing, read_standing
from local.totals import read_totals
from reconcile import chain, tip
from reconcile.chain_watch import ChainWatch
from reconcile.errors import BusyError, DataLostError, ReconcileError
from reconcile.ledger import read_entry
from reconcile.proof_watch import ProofWatch, is_proven
from reconcile.reading import Reading
from reconcile.reconcile import Report, reconcile_board
from reconcile.tip import Tip
from tests.faults.counted import count_groups, tells
from tests.faults.lambda_function import TIMEOUT_SECONDS, Function, Killed, connect_fast
from tests.faults.mishaps import CLOCK_RATE, Mishaps
from tests.faults.process import Process
from tests.faults.screen import Screen
from tests.faults.servers import Servers
from tests.faults.table import Stream, Table
from webapp.trust import CHAIN_MAX_AGE_SECONDS

_SETTLE_SECONDS = TIMEOUT_SECONDS + 1
_LEASE_SECONDS = 0.04
_MAX_CHECKS = 400
# Live figures are those of the table this long ago; times are whole seconds.
_LATE_SECONDS = CHAIN_MAX_AGE_SECONDS + 1
# The share of a reconcile's steps at which something happens.
_HAPPENS = 0.15
# The share of pages that the stream overtakes.
_OVERTAKES = 0.2
# The share of messages that are lost on the way to the screen.
_LOST_MESSAGES = 0.05


class World:
    """Executes the run of a seed; `check` checks the totals."""

    def __init__(self, seed: int, board: Board, servers: Servers) -> None:
        self.faults: Counter[str] = Counter()
        self.board, self.servers = board, servers
        self.chance = chance = random.Random(seed)
        self.table = Table(board.table, chance, self.clock)
        # Another board of the table, which this run only counts.
        self.neighbour = replace(board, name=f"{board.name}-too")
        self.function = Function(board, self.neighbour, self.table, servers.url, chance)
        self.screen = Screen(board, servers.url, self.clock, self.lose_message)
        self.now = 0.0
        self._mishaps = Mishaps(self)
        # The number of data losses in Redis, and that number when the totals were last proven.
        self.losses, self.proven_losses = 0, -1
        self.rounds = 1
        self.given_up = False
        self.calm = self._within = False
        # The reconciling process is frozen and does not renew its lease.
        self.stalled = False
        self._began = time.time()
        self.lock = threading.RLock()
        self._watched = connect_fast(servers.url)
        self.watch = self.start_watch()
        self._following = connect_fast(servers.url)
        self.chains = self.start_chains()

    def start_watch(self) -> ProofWatch:
        return ProofWatch(
            [self.board],
            self._watched,
            self._reconcile,
            lambda _: None,
            every_seconds=25.0,
            at_start=self.chance.random() < 0.3,
            clock=lambda: self.now,
        )

    def start_chains(self) -> ChainWatch:
        def make_tip(table: str, cursors: dict[str, str]) -> Tip:
            return Tip(
                table,
                self.table,
                None,
                cursors,
                clock=self.clock,
                make_reader=lambda _, arn: Stream(self.table, arn, self.clock),
            )

        return ChainWatch(
            [self.board], self._following, make_tip, self.watch.doubt, clock=self.clock
        )

    def run(self, rounds: int = 1) -> None:
        """Let faults happen and the screen get live again; later rounds meet a live screen."""
        self.rounds = rounds
        self.table.fill(self.chance.randint(0, 120))
        for _ in range(rounds):
            self._endure()
            self._recover()

    def _endure(self) -> None:
        self.calm = False
        for _ in range(self.chance.randint(15, 60)):
            self._happen(1.0)
            if self.chance.random() < 0.3:
                self._check_watch()

    def _recover(self) -> None:
        """End the faults; continue until the stream is drained and the screen live."""
        self.calm = True
        self.servers.proxy.cut_reply_after(None)
        while self._mishaps.outdated:
            self._mishaps.deploy_next()
        self._repair()
        self.function.drain(self.now)
        self.function.deliver_late(self.now)
        # Note that the chain is whole; a cut connection may surface only now.
        for _ in range(_MAX_CHECKS):
            self.now += 1.0
            self._check_watch()  # it may read the table while that changes
            self.function.drain(self.now)
            self.chains.step()
            self.look()
            if self.screen.feed.live and not self.given_up:
                return
        raise AssertionError(f"the screen does not get live: {self.screen.feed.status}")

    def clock(self) -> float:
        """Return the world's time in seconds since 1970."""
        return self._began + self.now * CLOCK_RATE

    @contextmanager
    def clock_in_use(self) -> Iterator[None]:
        """Make batches and screens use the world's clock."""
        with (
            patch.object(batch, "time", SimpleNamespace(time=self.clock)),
            patch.object(tip, "time", SimpleNamespace(time=self.clock)),
            patch.object(chain, "read_standing", self._read_standing),
        ):
            yield

    def lose_message(self) -> bool:
        is_lost = self.chance.random() < _LOST_MESSAGES
        self.faults["message lost"] += is_lost
        return is_lost

    def _read_standing(self, redis: Redis, keys: BoardKeys) -> Standing:
        return read_standing(redis, keys)._replace(now_ms=int(self.clock() * 1000))

    def look(self) -> None:
        """Check the screen: figures that it shows as live must be right."""
        self.screen.look()
        if not self.screen.feed.live:
            return
        assert self.losses == self.proven_losses, "live, though not proven since data was lost"
        assert self.screen.totals == read_totals(self.direct, self.board), (
            "live, not what Redis has"
        )
        late = self._find_late()
        assert not late, f"live, and wrong for more than a minute: {late}"
        if self.function.is_drained and not self.given_up:
            totals = count_groups(self.screen.feed.board, self.table)
            assert self.screen.totals == totals, (
                f"live, drained, and wrong: {self.screen.totals}, not {totals}"
            )

    @property
    def direct(self) -> Redis:
        return self.servers.primary.redis

    def _find_late(self) -> list[str]:
        """Return the items that are not counted as they were in the table a minute ago."""
        keys = board_keys(self.board.name)
        before = self.clock() - _LATE_SECONDS
        items = [item for item, at in self.table.changed_at.items() if at < before]
        if not items:
            return []
        entries: Any = self.direct.hmget(keys.ledger, items)
        return [
            item
            for item, packed in zip(items, entries, strict=True)
            if not tells(packed and read_entry(packed), self.table.items.get(item))
        ]

    def close(self) -> None:
        self.screen.close()
        self.function.close()
        self._watched.close()
        self._following.close()

    def _repair(self) -> None:
        if not self.servers.is_up:
            self._mishaps.restart()
        for _ in range(_MAX_CHECKS):
            self._check_watch()
            if is_proven(self._watched, self.board) and not self.given_up:
                return
            self._happen(1.0)
            time.sleep(0.001)
        raise AssertionError("the watch does not come to an end")

    def _check_watch(self) -> None:
        if self.servers.is_up:
            with suppress(Killed):
                self.watch.check()

    def _happen(self, seconds: float) -> None:
        """Let a moment pass in which a fault may happen."""
        with self.lock:
            self.now += self.chance.expovariate(1 / seconds)
            kind, weight = zip(*self._mishaps.list_possible(), strict=True)
            [action] = self.chance.choices(kind, weight)
            action()
            if self.chance.random() < 0.6:
                self.chains.step()
            self.look()

    # Reconcile.

    def _reconcile(self, board: Board) -> Report:
        skips_before = self._count_skips()
        with self.lock:
            segments = self.chance.choice((1, 1, 2, 3))
            steps = self.chance.randint(1, 60) if self.chance.random() < 0.3 else 0
        process = Process(self, 0 if self.calm else steps)
        with process.connect() as redis:
            report = reconcile_board(
                board, process, redis, self._options(segments), sleep=self._sleep
            )
        if skips_before == self._count_skips():
            self.given_up = False
        return report

    def _count_skips(self) -> int:
        """Return the number of faults that lose records for the function."""
        return self.faults["batch given up"] + self.faults["a second stream"]

    def _options(self, segments: int) -> Reading:
        return Reading(
            segments=segments, settle_seconds=_SETTLE_SECONDS, lease_seconds=_LEASE_SECONDS
        )

    def _sleep(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self._happen(2.0)

    def take_step(self) -> None:
        """Let the world continue between two steps of a reconcile, but not inside such a step."""
        with self.lock:
            if self._within or self.chance.random() > _HAPPENS:
                return
            self._within = True
            try:
                if not self.calm and self.chance.random() < 0.05:
                    self._reconcile_as_well()
                else:
                    self._happen(0.3)
            finally:
                self._within = False

    def overtake(self, page: dict[str, Any]) -> None:
        """Change a page's items and deliver the records while the page is on its way to the ledger.

        The scan's guard protects against this.
        """
        with self.lock:
            if self._within or self.chance.random() > _OVERTAKES:
                return
            keys = [item["donationId"]["S"] for item in page["Items"]]
            for _ in range(self.chance.randint(1, 4)):
                self.table.change(keys)
            for _ in range(self.chance.randint(1, 6)):
                self.function.deliver(self.now)
            self.faults["page overtaken by the stream"] += 1

    def _reconcile_as_well(self) -> None:
        if not self.servers.is_up:
            return
        self.stalled = self.chance.random() < 0.5
        if self.stalled:
            time.sleep(_LEASE_SECONDS * 1.2)
        self.faults["two reconciles at once"] += 1
        process = Process(self, self.chance.choice((0, 0, 15)), alone=True)
        ends = (BusyError, DataLostError, ReconcileError, ClientError, RedisError, OSError, Killed)
        with suppress(*ends):
            with process.connect() as redis:
                reconcile_board(self.board, process, redis, self._options(1), sleep=self._advance)
            self.faults["… and it was taken over"] += 1
        self.stalled = False

    def _advance(self, seconds: float) -> None:
        # The concurrent reconcile triggers faults; this one does not.
        self.now += seconds


def make_world(seed: int, board: Board, servers: Servers) -> World:
    """Return a run's world, with its own board and table."""
    name = f"run-{seed}-{random.SystemRandom().getrandbits(32):08x}"
    return World(seed, replace(board, name=name, table=name), servers)
