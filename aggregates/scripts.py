"""The Lua scripts that count and read, with one typed function each.

`run_scripts` has those of reconcile.

Every function may be called again after a lost reply: applying a batch twice changes nothing.
"""

from collections.abc import Awaitable, Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

from redis.exceptions import NoScriptError, ResponseError

from aggregates.batch import Batch
from aggregates.keys import CHANNEL, BoardKeys
from aggregates.message import Snapshot, decode_snapshot


class Client(Protocol):
    """What the scripts need of a Redis client: `redis.Redis`, or `redis.RedisCluster`."""

    def execute_command(self, *args: Any) -> Any: ...


class AsyncClient(Protocol):
    """The same of `redis.asyncio.Redis`, or `redis.asyncio.RedisCluster`."""

    def execute_command(self, *args: Any) -> Awaitable[Any]: ...


class DefinitionError(Exception):
    """The board's file now counts otherwise than what Redis holds was counted."""


class LostError(Exception):
    """Redis lost a part of what it held of the board; a reconcile counts the board again."""


class RunLostError(Exception):
    """A run of reconcile that another process has taken over, or that was lost with the data."""


# How a script says that it refuses, and has written nothing.
_REFUSALS: dict[str, type[Exception]] = {
    "DEFINITION": DefinitionError,
    "LOST": LostError,
    "RECONCILE": RunLostError,
}


class Applied(NamedTuple):
    """What applying a batch did: the board's version after it, and rows by what became of them."""

    version: int
    applied: int
    skipped: int


class Script:
    """A script, called by its hash, and by its text where the server does not have it yet."""

    def __init__(self, name: str) -> None:
        self._source = (Path(__file__).parent / "lua" / f"{name}.lua").read_bytes()
        self._hash = sha1(self._source, usedforsecurity=False).hexdigest()

    def run(self, client: Client, keys: Sequence[str], *arguments: str) -> Any:
        try:
            try:
                return client.execute_command("EVALSHA", self._hash, len(keys), *keys, *arguments)
            except NoScriptError:
                return client.execute_command("EVAL", self._source, len(keys), *keys, *arguments)
        except ResponseError as error:
            refusal, _, why = str(error).partition(" ")
            if refusal not in _REFUSALS:
                raise
            raise _REFUSALS[refusal](why) from error

    async def run_async(self, client: AsyncClient, keys: Sequence[str], *arguments: str) -> Any:
        try:
            return await client.execute_command("EVALSHA", self._hash, len(keys), *keys, *arguments)
        except NoScriptError:
            return await client.execute_command("EVAL", self._source, len(keys), *keys, *arguments)


_APPLY = Script("apply")
_DISOWN = Script("disown")
_SNAPSHOT = Script("snapshot")


def apply_batch(client: Client, keys: BoardKeys, batch: Batch) -> Applied:
    """Apply a batch atomically and publish what changed.

    Raises `DefinitionError` when the ledger was counted under another definition of the board, for
    a page `RunLostError`, and redis-py's errors; after those last, whether the batch was applied is
    not known: apply it again.
    """
    return Applied(*_APPLY.run(client, keys, batch.text, CHANNEL))


def disown_totals(client: Client, keys: BoardKeys) -> None:
    """Note that records were passed over: the totals are proven no more, a run begins again."""
    _DISOWN.run(client, (keys.meta, keys.reconcile))


async def read_snapshot(client: AsyncClient, keys: BoardKeys) -> Snapshot | None:
    """Return a board's state as of one version; None where Redis holds nothing of it."""
    read = (keys.meta, keys.totals, keys.timeline, keys.ticker, keys.milestones, keys.rejected)
    reply = cast("list[Any]", await _SNAPSHOT.run_async(client, read))
    return decode_snapshot(reply)
