"""The Lua scripts, with one typed function each for sync and async clients.

Every function may be called again after a lost reply: applying a batch twice changes nothing.
"""

import json
from collections.abc import Awaitable, Mapping, Sequence
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


class RunLostError(Exception):
    """The run of a reconcile that a page is of was taken over by another, or lost with the data."""


class Applied(NamedTuple):
    """What applying a batch did: the board's version after it, and rows by what became of them."""

    version: int
    applied: int
    skipped: int


class _Script:
    """A script, called by its hash, and by its text where the server does not have it yet."""

    def __init__(self, name: str) -> None:
        self._source = (Path(__file__).parent / "lua" / f"{name}.lua").read_bytes()
        self._hash = sha1(self._source, usedforsecurity=False).hexdigest()

    def run(self, client: Client, keys: tuple[str, ...], *arguments: str) -> Any:
        try:
            return client.execute_command("EVALSHA", self._hash, len(keys), *keys, *arguments)
        except NoScriptError:
            return client.execute_command("EVAL", self._source, len(keys), *keys, *arguments)

    async def run_async(self, client: AsyncClient, keys: tuple[str, ...], *arguments: str) -> Any:
        try:
            return await client.execute_command("EVALSHA", self._hash, len(keys), *keys, *arguments)
        except NoScriptError:
            return await client.execute_command("EVAL", self._source, len(keys), *keys, *arguments)


_APPLY = _Script("apply")
_SNAPSHOT = _Script("snapshot")
_CLAIM = _Script("claim")
_FINISH = _Script("finish")
_MEND = _Script("mend")
_PRUNE = _Script("prune")


def apply_batch(client: Client, keys: BoardKeys, batch: Batch) -> Applied:
    """Apply a batch atomically and publish what changed.

    Raises `DefinitionError` when the ledger was counted under another definition of the board, and
    redis-py's errors; after those, whether the batch was applied is not known: apply it again.
    """
    try:
        return Applied(*_APPLY.run(client, keys, batch.text, CHANNEL))
    except ResponseError as error:
        raise _name_refusal(error) from error


def claim_run(client: Client, keys: BoardKeys, claim: Mapping[str, Any]) -> dict[str, str]:
    """Begin, or go on with, the one run of reconcile that a board may have; return its fields.

    `claim` has `board`, `definition`, `epoch` (for a board without keys), `server`, `segments`,
    `owner` (unique), `holder` (for a person), `lease_ms`. The fields returned are another owner's
    where its lease has not run out. Raises `DefinitionError`.
    """
    try:
        reply = _CLAIM.run(client, (keys.meta, keys.reconcile), json.dumps(claim))
    except ResponseError as error:
        raise _name_refusal(error) from error
    fields = iter(value.decode() for value in reply)
    return dict(zip(fields, fields, strict=True))


def finish_run(client: Client, keys: BoardKeys, proof: Mapping[str, Any]) -> int:
    """Note that a run has proven the totals, publish that, and end the run; return the version.

    `proof` has `schema`, `board`, `owner`, `at`. Raises `RunLostError`.
    """
    try:
        reply = _FINISH.run(
            client, (keys.meta, keys.rejected, keys.reconcile), json.dumps(proof), CHANNEL
        )
    except ResponseError as error:
        raise _name_refusal(error) from error
    return int(reply)


def mend_totals(client: Client, keys: BoardKeys, excess: Mapping[str, Any]) -> bool:
    """Take out of totals and timeline what they exceed the ledger by; return whether it was true.

    `excess` has `owner`, `version`, and `totals` and `timeline` as `{place: {measure: text}}`.
    Raises `RunLostError`.
    """
    places = (keys.meta, keys.totals, keys.timeline, keys.reconcile)
    try:
        return bool(_MEND.run(client, places, json.dumps(excess)))
    except ResponseError as error:
        raise _name_refusal(error) from error


def prune_tombstones(
    client: Client, keys: BoardKeys, items: Sequence[str], before_seconds: int
) -> int:
    """Forget items that were removed before a time; return how many. Others are left alone."""
    arguments = json.dumps({"items": items, "before": before_seconds}, ensure_ascii=False)
    return int(_PRUNE.run(client, (keys.ledger,), arguments))


def _name_refusal(error: ResponseError) -> Exception:
    """Return the error by which a script says that it refused and wrote nothing, if it is one."""
    refusal, _, why = str(error).partition(" ")
    kinds = {"DEFINITION": DefinitionError, "RECONCILE": RunLostError}
    return kinds[refusal](why) if refusal in kinds else error


async def read_snapshot(client: AsyncClient, keys: BoardKeys) -> Snapshot | None:
    """Return a board's state as of one version; None where Redis holds nothing of it."""
    read = (keys.meta, keys.totals, keys.timeline, keys.ticker, keys.milestones, keys.rejected)
    reply = cast("list[Any]", await _SNAPSHOT.run_async(client, read))
    return decode_snapshot(reply)
