"""Calls Lua scripts: joins a script from its parts, runs it by hash, and raises its refusals."""

import re
from collections.abc import Awaitable, Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any, Protocol

from redis.exceptions import NoScriptError, ResponseError

FOLDER = Path(__file__).parent / "lua"
_PARTS = FOLDER / "parts"
_INCLUDE = re.compile(rb"^-- include: (\w+)\n", re.MULTILINE)


class Client(Protocol):
    """The part of a Redis client that scripts need: `redis.Redis` or `redis.RedisCluster`."""

    def execute_command(self, *args: Any) -> Any: ...


class AsyncClient(Protocol):
    """The same for `redis.asyncio.Redis` or `redis.asyncio.RedisCluster`."""

    def execute_command(self, *args: Any) -> Awaitable[Any]: ...


class DefinitionError(Exception):
    """The totals in Redis were counted under another definition of the board."""


class RunLostError(Exception):
    """Another process has taken over this reconcile run, or it was lost with Redis' data."""


class LostError(Exception):
    """Redis has lost some of the board's keys; nothing is counted until a reconcile."""


# The errors with which a script refuses before it has written anything.
_REFUSALS: dict[str, type[Exception]] = {
    "DEFINITION": DefinitionError,
    "RECONCILE": RunLostError,
    "LOST": LostError,
}


class Script:
    """A script, called by its hash, or by its text if the server does not know it yet.

    The script is `NAME.lua` in a folder. A line `-- include: NAME` in it is replaced by the text of
    `aggregates/lua/parts/NAME.lua`. A read-only script is called by the `_RO` commands, so that a
    user who may not write can run it.
    """

    def __init__(self, name: str, *, folder: Path = FOLDER, is_read_only: bool = False) -> None:
        self._source = read_source(folder / f"{name}.lua")
        self._hash = sha1(self._source, usedforsecurity=False).hexdigest()
        suffix = "_RO" if is_read_only else ""
        self._by_hash, self._by_text = f"EVALSHA{suffix}", f"EVAL{suffix}"

    def run(self, client: Client, keys: Sequence[str], *arguments: str) -> Any:
        rest = (len(keys), *keys, *arguments)
        try:
            try:
                return client.execute_command(self._by_hash, self._hash, *rest)
            except NoScriptError:
                return client.execute_command(self._by_text, self._source, *rest)
        except ResponseError as error:
            refusal, _, why = str(error).partition(" ")
            if refusal not in _REFUSALS:
                raise
            raise _REFUSALS[refusal](why) from error

    async def run_async(self, client: AsyncClient, keys: Sequence[str], *arguments: str) -> Any:
        rest = (len(keys), *keys, *arguments)
        try:
            return await client.execute_command(self._by_hash, self._hash, *rest)
        except NoScriptError:
            return await client.execute_command(self._by_text, self._source, *rest)

    def command(self, keys: Sequence[str], *arguments: str) -> tuple[Any, ...]:
        """Return the call by hash, for a pipeline."""
        return (self._by_hash, self._hash, len(keys), *keys, *arguments)


def read_source(path: Path) -> bytes:
    """Return a script's text with its parts included."""
    return _INCLUDE.sub(
        lambda found: (_PARTS / f"{found[1].decode()}.lua").read_bytes(), path.read_bytes()
    )
