"""Redis Cluster clients that find a script's node by the script's own keys.

redis-py does that for EVAL and EVALSHA. For EVAL_RO and EVALSHA_RO it asks one node, with COMMAND
GETKEYS, which keys the call has. That costs a round trip per call, and once that node is dead,
every such call fails for as long as the client lives.
"""

from typing import Any

from redis.asyncio.cluster import RedisCluster as _AsyncRedisCluster
from redis.cluster import RedisCluster as _RedisCluster

_PLAIN = {"EVAL_RO": "EVAL", "EVALSHA_RO": "EVALSHA"}


class Cluster(_RedisCluster):
    """A client with the commands of `redis.Redis`."""

    def determine_slot(self, *args: Any) -> int | None:
        command, *rest = args
        return super().determine_slot(_PLAIN.get(command, command), *rest)


class AsyncCluster(_AsyncRedisCluster):
    """A client with the commands of `redis.asyncio.Redis`."""

    async def _determine_slot(self, command: str, *args: Any) -> int:
        return await super()._determine_slot(_PLAIN.get(command, command), *args)
