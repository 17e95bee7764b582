"""Reads the state of all boards from Redis in one round trip."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ReadOnlyError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from aggregates.control import NO_CONTROL, Control, control_key, decode_control
from aggregates.held_panels import panels_key
from aggregates.keys import board_keys
from aggregates.scripts import Standing, decode_standing, read_standing_async, standing_command
from aggregates.server_id import read_info_async

# Errors of the connection. All other errors are about one board's keys, and affect only that board.
CONNECTION_ERRORS = (RedisConnectionError, RedisTimeoutError, ReadOnlyError, OSError)
# How many boards of a cluster are read at the same time.
_AT_ONCE = 16


class Asked(NamedTuple):
    """A board's state, or the error of reading it; INFO of its server; the crew's control.

    `panels` are the fields of the board's panels; none if they cannot be read.
    """

    standing: Standing | Exception
    info: Mapping[str, Any]
    control: Control = NO_CONTROL
    panels: Mapping[bytes, bytes] = {}


async def read_standings(client: Redis, boards: Sequence[str]) -> dict[str, Asked]:
    """Return the boards' states by name. Raises redis-py's errors if nothing can be read."""
    if isinstance(client, RedisCluster):
        return await _ask_cluster(client, boards)
    pipe = client.pipeline(transaction=False)
    for board in boards:
        pipe.execute_command(*standing_command(board_keys(board)))
        pipe.get(control_key(board))
        pipe.hgetall(panels_key(board))
    # INFO comes last, so that it shows if another server has taken over meanwhile.
    pipe.info()
    *replies, info = await pipe.execute(raise_on_error=False)
    if isinstance(info, Exception):
        raise info
    asked = zip(boards, replies[::3], replies[1::3], replies[2::3], strict=True)
    return {
        # If a key has another type, its reply is an error: no control, no panels.
        board: Asked(
            await _decode(client, board, standing),
            info,
            decode_control(control),
            panels if isinstance(panels, dict) else {},
        )
        for board, standing, control, panels in asked
    }


async def _ask_cluster(client: RedisCluster, boards: Sequence[str]) -> dict[str, Asked]:
    """Read board by board, because a cluster's pipelines take no scripts; INFO once per node."""
    await client.initialize()
    nodes = {board: client.get_node_from_key(board_keys(board).meta) for board in boards}
    gate = asyncio.Semaphore(_AT_ONCE)

    async def ask(board: str) -> Asked:
        async with gate:
            standing = await _read(cast("Redis", client), board)
            control = await _read_control(cast("Redis", client), board)
            return Asked(standing, {}, control, await _read_panels(cast("Redis", client), board))

    standings = await asyncio.gather(*map(ask, boards))
    keys = {node.name: board_keys(board).meta for board, node in nodes.items() if node is not None}
    infos = {name: await read_info_async(cast("Redis", client), key) for name, key in keys.items()}
    return {
        board: asked._replace(info=infos[node.name] if (node := nodes[board]) is not None else {})
        for board, asked in zip(boards, standings, strict=True)
    }


async def _decode(client: Redis, board: str, reply: Any) -> Standing | Exception:
    if isinstance(reply, NoScriptError):
        return await _read(client, board)
    if isinstance(reply, Exception):
        return reply
    return decode_standing(reply)


async def _read(client: Redis, board: str) -> Standing | Exception:
    """Return one board's state, or the error if its keys cannot be read."""
    try:
        return await read_standing_async(client, board_keys(board))
    except CONNECTION_ERRORS:
        raise
    except Exception as error:
        return error


async def _read_control(client: Redis, board: str) -> Control:
    try:
        return decode_control(await client.get(control_key(board)))
    except CONNECTION_ERRORS:
        raise
    except RedisError:
        return NO_CONTROL


async def _read_panels(client: Redis, board: str) -> Mapping[bytes, bytes]:
    try:
        fields: Any = await client.hgetall(panels_key(board))
        return cast("Mapping[bytes, bytes]", fields)
    except CONNECTION_ERRORS:
        raise
    except RedisError:
        return {}
