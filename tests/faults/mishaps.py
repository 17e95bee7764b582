"""What may happen in a run: changes of the table, deliveries, and faults."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from redis import Redis

from aggregates.board import Board, Groups
from aggregates.keys import board_keys
from reconcile.chain_watch import ChainWatch
from reconcile.proof_watch import ProofWatch
from tests.faults.lambda_function import Function
from tests.faults.screen import Screen
from tests.faults.servers import Servers
from tests.faults.table import Table

# Keys whose loss the board's seal reveals.
_SEALED = ("meta", "totals", "ledger", "groups", "timeline", "ticker", "rejected", "ranks")
_MAX_LOSSES = 4  # in a round
# Seconds of the world's clock per second of virtual time.
CLOCK_RATE = 6.0


class Surroundings(Protocol):
    """What things happen to: see `World`."""

    board: Board
    servers: Servers
    chance: random.Random
    table: Table
    function: Function
    screen: Screen
    faults: Counter[str]
    watch: ProofWatch
    chains: ChainWatch
    now: float
    rounds: int
    losses: int
    calm: bool
    given_up: bool

    @property
    def direct(self) -> Redis: ...

    def clock(self) -> float: ...

    def look(self) -> None: ...

    def lose_message(self) -> bool: ...

    def start_watch(self) -> ProofWatch: ...

    def start_chains(self) -> ChainWatch: ...


class Mishaps:
    """Makes things happen in a world, by its chance."""

    def __init__(self, world: Surroundings) -> None:
        self._world = world
        # The same board file as before a change, or after it: other groups.
        groups = Groups(known=("Phone", "Text"), others="Elsewhere")
        self._other = replace(world.board, groups=groups)
        # What still runs with the board file of before.
        self.outdated: list[Callable[[], None]] = []

    def list_possible(self) -> Iterator[tuple[Callable[[], None], float]]:
        """Yield what can happen now, each with its weight."""
        world = self._world
        yield self._change, 20
        yield self._deliver, 12
        yield self._deliver_late, 6
        yield self._deliver_twice, 2
        if world.calm:
            return
        yield self._kill_function, 4
        yield self._cut_reply, 3
        yield self._give_up, 1
        yield self._stick_shard, 2
        yield self._fail_neighbour, 1
        servers = world.servers
        if not servers.is_up:
            yield self.restart, 12
            return
        yield servers.primary.keep_dump, 2
        yield self._leave, 0.7
        yield self._refuse_writes, 1
        yield self._restart_chains, 1
        yield self._renew_stream, 0.7
        if self.outdated:
            yield self.deploy_next, 2
        else:
            yield self._change_definition, 0.7
        if world.losses < _MAX_LOSSES * world.rounds:
            yield self._kill, 1.5
            yield self._lose_key, 2.5 * world.rounds
            yield self._empty, 0.5
        if not servers.has_replica:
            yield servers.attach_replica, 1
        else:
            yield servers.cut_replication, 3
            yield self._promote, 3

    def _change(self) -> None:
        for _ in range(self._world.chance.randint(1, 6)):
            self._world.table.change()

    def _deliver(self) -> None:
        self._world.function.deliver(self._world.now)

    def _deliver_late(self) -> None:
        world = self._world
        if world.function.deliver_late(world.now):
            world.faults["late batch"] += 1

    def _deliver_twice(self) -> None:
        if self._world.function.deliver_twice():
            self._world.faults["duplicate batches"] += 1

    def _stick_shard(self) -> None:
        world = self._world
        world.function.stick(world.now + world.chance.expovariate(1 / 25))
        world.faults["shard fallen behind"] += 1

    def _fail_neighbour(self) -> None:
        """Make the table's other board fail: each batch comes again until it is counted there."""
        world = self._world
        world.function.neighbour_fails_until = world.now + world.chance.expovariate(1 / 25)
        world.faults["another board of the table failed"] += 1

    def _kill_function(self) -> None:
        world = self._world
        at = world.chance.choice(("before", "after"))
        world.function.deliver(world.now, killed_at=at)
        world.faults[f"handler killed {at} it applied"] += 1

    def _cut_reply(self) -> None:
        world = self._world
        world.servers.proxy.cut_reply_after(world.chance.randint(1, 60))
        world.function.deliver(world.now)
        world.faults["connection cut in a reply"] += 1

    def _give_up(self) -> None:
        world = self._world
        if world.function.give_up():
            world.given_up = True
            world.watch.doubt_all()
            world.faults["batch given up"] += 1

    def _leave(self) -> None:
        """Remove the function for an hour while the table changes."""
        world = self._world
        world.function.absent_until = world.now + 3600 / CLOCK_RATE
        world.faults["function gone for an hour"] += 1
        for _ in range(15):
            world.now += 2.0
            self._change()
            world.chains.step()
            world.look()
        assert not world.screen.feed.live, "live, though nothing is counted"
        world.now = world.function.absent_until

    def _refuse_writes(self) -> None:
        """Make Redis refuse writes for some minutes."""
        world = self._world
        world.direct.config_set("maxmemory", "1")
        world.faults["Redis takes no writes"] += 1
        try:
            for _ in range(world.chance.randint(1, 15)):
                world.now += 2.0
                self._change()
                self._deliver()
                world.chains.step()
                world.look()
        finally:
            world.direct.config_set("maxmemory", "0")

    def _restart_chains(self) -> None:
        world = self._world
        world.chains = world.start_chains()
        world.faults["watch restarted"] += 1

    def _renew_stream(self) -> None:
        world = self._world
        world.table.change_between_streams()
        world.given_up = True
        world.faults["a second stream"] += 1

    def _change_definition(self) -> None:
        """Change the board file; function, watch and screens get it one after the other."""
        world = self._world
        world.board, self._other = self._other, world.board
        self.outdated = [self._deploy_function, self._deploy_watch, self._deploy_screen]
        world.chance.shuffle(self.outdated)
        world.faults["definition changed"] += 1
        self.deploy_next()

    def deploy_next(self) -> None:
        self.outdated.pop()()

    def _deploy_function(self) -> None:
        self._world.function.deploy(self._world.board)

    def _deploy_watch(self) -> None:
        world = self._world
        world.watch = world.start_watch()
        world.chains = world.start_chains()
        if world.given_up:
            world.watch.doubt_all()

    def _deploy_screen(self) -> None:
        world = self._world
        world.screen.close()
        world.screen = Screen(world.board, world.servers.url, world.clock, world.lose_message)

    def _lose_key(self) -> None:
        world = self._world
        key = getattr(board_keys(world.board.name), world.chance.choice(_SEALED))
        if world.direct.unlink(key):
            world.losses += 1
            world.faults["one key lost"] += 1

    def _empty(self) -> None:
        world = self._world
        world.direct.flushall()
        world.losses += 1
        world.faults["Redis emptied"] += 1

    def _kill(self) -> None:
        world = self._world
        world.servers.kill()
        world.losses += 1
        world.faults["Redis killed"] += 1

    def restart(self) -> None:
        world = self._world
        older = world.chance.random() < 0.6
        world.servers.restart(older=older)
        world.faults["restarted from an older dump" if older else "restarted empty"] += 1

    def _promote(self) -> None:
        world = self._world
        world.servers.promote()
        world.losses += 1
        world.faults["replica promoted"] += 1
