"""One random run: a table that changes, its stream, the function, reconcile, and what befalls them.

Time is virtual, but for leases. All of it is drawn from one seed; only with several segments does
the order of threads play a part.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from aggregates import batch
from aggregates.board import Board
from aggregates.run_scripts import _FINISH, _PROLONG
from reconcile.errors import BusyError, DataLostError, ReconcileError
from reconcile.reconcile import Options, Report, reconcile_board
from reconcile.watch import Watch, is_proven
from tests.faults.lambda_function import TIMEOUT_SECONDS, Function, Killed, connect_fast
from tests.faults.screen import Screen
from tests.faults.servers import Servers
from tests.faults.table import Table
from webapp import feed
from webapp.feed import _BEHIND_SECONDS

# Of the clock of the world, seconds in a second of its time.
_CLOCK_RATE = 6.0
_SETTLE_SECONDS = TIMEOUT_SECONDS + 1
_LEASE_SECONDS = 0.04
_MAX_CHECKS = 400
# Of the steps of a reconcile, at how many something happens.
_HAPPENS = 0.15
# Of the pages, how many are overtaken.
_OVERTAKES = 0.2
_MAX_LOSSES = 4


class World:
    """Does what a seed says; `check` says whether the totals came out right."""

    def __init__(self, seed: int, board: Board, servers: Servers) -> None:
        self.faults: Counter[str] = Counter()
        self.board, self.servers = board, servers
        self.chance = chance = random.Random(seed)
        self.table = Table(board.table, chance, self.clock)
        self.function = Function(board, self.table, servers.url, chance)
        self.screen = Screen(board, servers.url)
        self.now = 0.0
        # How often Redis lost data, and how often it had when the totals were last proven.
        self.losses, self.proven_losses = 0, -1
        self.given_up = False
        self._calm = self._within = False
        # The process that reconciles stands still, and does not prolong its lease.
        self.stalled = False
        self._began = time.time()
        self._lock = threading.RLock()
        self._watched = connect_fast(servers.url)
        self._watch = Watch(
            [board],
            self._watched,
            self._reconcile,
            lambda _: None,
            every_seconds=25.0,
            at_start=chance.random() < 0.3,
            clock=lambda: self.now,
        )

    def run(self) -> None:
        """Live through all of it, until the totals are proven and the stream is drained."""
        self.table.fill(self.chance.randint(0, 120))
        for _ in range(self.chance.randint(15, 60)):
            self._happen(1.0)
            if self.chance.random() < 0.3:
                self._check_watch()
        self._calm = True
        self.servers.proxy.cut_reply_after(None)
        self._repair()
        self.function.drain(self.now)
        self.function.deliver_late(self.now)
        # What came late is forgotten after a while.
        self.now += 2 * _BEHIND_SECONDS / _CLOCK_RATE
        # A connection that was cut may show only now.
        for _ in range(2):
            self.look()

    def clock(self) -> float:
        """Return what time it is for those who live in this world: seconds since 1970."""
        return self._began + self.now * _CLOCK_RATE

    @contextmanager
    def clock_in_use(self) -> Iterator[None]:
        """Have batches and screens go by this world's clock."""
        with (
            patch.object(batch, "time", SimpleNamespace(time=self.clock)),
            patch.object(feed, "_now_seconds", self.clock),
        ):
            yield

    def look(self) -> None:
        """Look at the screen: what it shows as live has to be so."""
        self.screen.look()
        if not self.screen.feed.live:
            return
        assert self.losses == self.proven_losses, "live, though not proven since data was lost"
        if self.function.is_drained and not self.given_up:
            totals, _, _ = self.table.count()
            assert self.screen.totals == totals, "live, drained, and wrong"

    def close(self) -> None:
        self.screen.close()
        self.function.close()
        self._watched.close()

    def _repair(self) -> None:
        if not self.servers.is_up:
            self._restart()
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
                self._watch.check()

    # What happens.

    def _happen(self, seconds: float) -> None:
        """Let a moment pass, in which something may happen."""
        with self._lock:
            self.now += self.chance.expovariate(1 / seconds)
            kind, weight = zip(*self._possible(), strict=True)
            [action] = self.chance.choices(kind, weight)
            action()
            self.look()

    def _possible(self) -> Iterator[tuple[Callable[[], None], float]]:
        yield self._change, 20
        yield self._deliver, 12
        yield self._deliver_late, 6
        yield self._deliver_twice, 2
        if self._calm:
            return
        yield self._kill_function, 4
        yield self._cut_reply, 3
        yield self._give_up, 1
        yield self._stick_shard, 2
        servers = self.servers
        if not servers.is_up:
            yield self._restart, 12
            return
        yield servers.primary.keep_dump, 2
        if self.losses < _MAX_LOSSES:
            yield self._kill, 1.5
        if not servers.has_replica:
            yield servers.attach_replica, 1
        else:
            yield servers.cut_replication, 3
            yield self._promote, 3

    def _change(self) -> None:
        for _ in range(self.chance.randint(1, 6)):
            self.table.change()

    def _deliver(self) -> None:
        self.function.deliver(self.now)

    def _deliver_late(self) -> None:
        if self.function.deliver_late(self.now):
            self.faults["late batch"] += 1

    def _deliver_twice(self) -> None:
        if self.function.deliver_twice():
            self.faults["duplicate batches"] += 1

    def _stick_shard(self) -> None:
        self.function.stick(self.now + self.chance.expovariate(1 / 25))
        self.faults["shard fallen behind"] += 1

    def _kill_function(self) -> None:
        at = self.chance.choice(("before", "after"))
        self.function.deliver(self.now, killed_at=at)
        self.faults[f"handler killed {at} it applied"] += 1

    def _cut_reply(self) -> None:
        self.servers.proxy.cut_reply_after(self.chance.randint(1, 60))
        self.function.deliver(self.now)
        self.faults["connection cut in a reply"] += 1

    def _give_up(self) -> None:
        if self.function.give_up():
            self.given_up = True
            self._watch.doubt_all()
            self.faults["batch given up"] += 1

    def _kill(self) -> None:
        self.servers.kill()
        self.losses += 1
        self.faults["Redis killed"] += 1

    def _restart(self) -> None:
        older = self.chance.random() < 0.6
        self.servers.restart(older=older)
        self.faults["restarted from an older dump" if older else "restarted empty"] += 1

    def _promote(self) -> None:
        self.servers.promote()
        self.losses += 1
        self.faults["replica promoted"] += 1

    # Reconcile.

    def _reconcile(self, board: Board) -> Report:
        given_up_before = self.faults["batch given up"]
        with self._lock:
            segments = self.chance.choice((1, 1, 2, 3))
            steps = self.chance.randint(1, 60) if self.chance.random() < 0.3 else 0
        process = _Process(self, 0 if self._calm else steps)
        with process.connect() as redis:
            report = reconcile_board(
                board, process, redis, self._options(segments), sleep=self._sleep
            )
        if given_up_before == self.faults["batch given up"]:
            self.given_up = False
        return report

    def _options(self, segments: int) -> Options:
        return Options(
            segments=segments, settle_seconds=_SETTLE_SECONDS, lease_seconds=_LEASE_SECONDS
        )

    def _sleep(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self._happen(2.0)

    def take_step(self) -> None:
        """Between two steps of a reconcile, the world goes on; never below another such step."""
        with self._lock:
            if self._within or self.chance.random() > _HAPPENS:
                return
            self._within = True
            try:
                if not self._calm and self.chance.random() < 0.05:
                    self._reconcile_as_well()
                else:
                    self._happen(0.3)
            finally:
                self._within = False

    def overtake(self, page: dict[str, Any]) -> None:
        """While a page is on its way from table to ledger, its items change, and the stream tells.

        That the scan's guard is for.
        """
        with self._lock:
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
        process = _Process(self, self.chance.choice((0, 0, 15)), alone=True)
        ends = (BusyError, DataLostError, ReconcileError, ClientError, RedisError, OSError, Killed)
        with suppress(*ends):
            with process.connect() as redis:
                reconcile_board(self.board, process, redis, self._options(1), sleep=self._advance)
            self.faults["… and it was taken over"] += 1
        self.stalled = False

    def _advance(self, seconds: float) -> None:
        # What happens is the business of the one that this runs beside.
        self.now += seconds


class _Process:
    """One reconcile's view of the world: it dies at step `dies_at`, where that is not 0."""

    def __init__(self, world: World, dies_at: int, *, alone: bool = False) -> None:
        self._world, self._dies_at, self._alone = world, dies_at, alone
        self._steps, self._dead = 0, False

    @contextmanager
    def connect(self) -> Iterator[Redis]:
        redis = connect_fast(self._world.servers.url)
        execute = redis.execute_command

        def step(*arguments: Any, **options: Any) -> Any:
            if arguments[1:2] in ((_PROLONG._hash,), (_PROLONG._source,)):
                if self._dead or (self._world.stalled and not self._alone):
                    raise RedisConnectionError("nobody is there to ask")
                return execute(*arguments, **options)
            self._step()
            if arguments[:2] == ("EVALSHA", _FINISH._hash):
                self._world.proven_losses = self._world.losses
            reply = execute(*arguments, **options)
            self._step()
            return reply

        redis.execute_command = step  # type: ignore[method-assign]
        try:
            yield redis
        finally:
            redis.connection_pool.disconnect()

    def describe_table(self, **arguments: Any) -> dict[str, Any]:
        return self._world.table.describe_table(**arguments)

    def scan(self, **arguments: Any) -> dict[str, Any]:
        self._step()
        world = self._world
        if not world._calm and world.chance.random() < 0.005:
            world.faults["table could not be read"] += 1
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "Scan")
        # One that runs beside another does so while that one holds the lock.
        with nullcontext() if self._alone else world._lock:
            page = world.table.scan(**arguments)
        if not self._alone:
            world.overtake(page)
        self._step()
        return page

    def _step(self) -> None:
        self._steps += 1
        if self._steps == self._dies_at:
            self._dead = True
            self._world.faults["reconcile killed"] += 1
        if self._dead:
            raise Killed
        if not self._alone:
            self._world.take_step()


def make_world(seed: int, board: Board, servers: Servers) -> World:
    """Return a run's world; the board, and its table, are the run's own."""
    name = f"run-{seed}-{random.SystemRandom().getrandbits(32):08x}"
    return World(seed, replace(board, name=name, table=name), servers)
