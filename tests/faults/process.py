"""One reconcile process, in a world that goes on between its steps."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

from botocore.exceptions import ClientError
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from reconcile.scripts import _FINISH, _PROLONG
from tests.faults.lambda_function import Killed, connect_fast
from tests.faults.servers import Servers
from tests.faults.table import Table


class Surroundings(Protocol):
    """What a process meets: see `World`."""

    servers: Servers
    table: Table
    chance: random.Random
    faults: Counter[str]
    calm: bool
    stalled: bool
    losses: int
    proven_losses: int

    @property
    def lock(self) -> AbstractContextManager[Any]: ...

    def take_step(self) -> None: ...

    def overtake(self, page: dict[str, Any]) -> None: ...


class Process:
    """One reconcile's view of the world: it dies at step `dies_at`, unless that is 0."""

    def __init__(self, world: Surroundings, dies_at: int, *, alone: bool = False) -> None:
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
            # The world does not look while another segment writes, and of two reconciles that
            # finish at once, the one that is refused does not take back the other's proof.
            with nullcontext() if self._alone else self._world.lock:
                before = self._world.proven_losses
                if arguments[1:2] in ((_FINISH._hash,), (_FINISH._source,)):
                    self._world.proven_losses = self._world.losses
                try:
                    reply = execute(*arguments, **options)
                except ResponseError:
                    self._world.proven_losses = before  # it was refused
                    raise
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
        if not world.calm and world.chance.random() < 0.005:
            world.faults["table could not be read"] += 1
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "Scan")
        # A concurrent reconcile runs while the other one holds the lock.
        with nullcontext() if self._alone else world.lock:
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
