"""Identifies the Redis server that answers: its id changes with a restart or a failover.

Writes may be lost in either.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from redis import Redis, RedisCluster

if TYPE_CHECKING:
    from redis.asyncio import Redis as AsyncRedis


def find_server_id(info: Mapping[str, Any]) -> str:
    """Return the server's id from a reply of INFO; empty if the service does not tell it.

    It has two random parts: one changes whenever a server starts, the other whenever it becomes a
    primary. So a former primary that comes back with another server's data has a new id too.
    """
    parts = (str(info.get(name, "")) for name in ("run_id", "master_replid"))
    return ":".join(filter(None, parts))


def is_replica(info: Mapping[str, Any]) -> bool:
    """Return whether a reply of INFO is from a replica, which may be a former primary."""
    return info.get("role") == "slave"


def find_eviction(info: Mapping[str, Any]) -> str:
    """Return why Redis may evict totals, which makes them unreliable; empty if it may not.

    A `volatile-` policy evicts only keys with a TTL, and ours have none.
    """
    policy = str(info.get("maxmemory_policy", ""))
    if policy.startswith("allkeys") and info.get("maxmemory"):
        return f"Redis may evict totals: set its maxmemory-policy from {policy} to noeviction"
    return ""


def read_server_id(client: Redis | RedisCluster, key: str) -> str:
    """Return the id of the server that holds a key."""
    if isinstance(client, RedisCluster):
        node = client.get_node_from_key(key)  # type: ignore[no-untyped-call]
        info: Any = client.info(target_nodes=node)
    else:
        info = client.info()
    return find_server_id(info)


async def read_info_async(client: "AsyncRedis", key: str) -> Mapping[str, Any]:
    """Return INFO of the server that holds a key; `client` may be a cluster's client."""
    from redis.asyncio.cluster import RedisCluster as AsyncRedisCluster

    if isinstance(client, AsyncRedisCluster):
        await client.initialize()
        info: Any = await client.info(target_nodes=client.get_node_from_key(key))
    else:
        info = await client.info()
    return info  # type: ignore[no-any-return]
