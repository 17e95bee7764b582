"""Which server answers: a restart or a failover, after which writes may be lost, shows by it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from redis import Redis, RedisCluster

if TYPE_CHECKING:
    from redis.asyncio import Redis as AsyncRedis


def find_server_id(info: Mapping[str, Any]) -> str:
    """Return the server's id from a reply of INFO; empty where the service does not tell one.

    It has two random parts: one is new whenever a server starts, the other whenever it
    becomes a primary. So a former primary that comes back with another's data has another id too.
    """
    parts = (str(info.get(name, "")) for name in ("run_id", "master_replid"))
    return ":".join(filter(None, parts))


def is_replica(info: Mapping[str, Any]) -> bool:
    """Return whether the server is a replica, by a reply of INFO: a former primary, perhaps."""
    return info.get("role") == "slave"


def find_eviction(info: Mapping[str, Any]) -> str:
    """Return why totals cannot be relied upon: Redis may throw data away; empty where it may not.

    What a `volatile-` policy evicts has a TTL, and nothing of ours has one.
    """
    policy = str(info.get("maxmemory_policy", ""))
    if policy.startswith("allkeys") and info.get("maxmemory"):
        return f"Redis may evict totals: set its maxmemory-policy, {policy} now, to noeviction"
    return ""


def read_server_id(client: Redis | RedisCluster, key: str) -> str:
    """Return the id of the server that has a key."""
    if isinstance(client, RedisCluster):
        node = client.get_node_from_key(key)  # type: ignore[no-untyped-call]
        info: Any = client.info(target_nodes=node)
    else:
        info = client.info()
    return find_server_id(info)


async def read_info_async(client: "AsyncRedis", key: str) -> Mapping[str, Any]:
    """Return INFO of the server that has a key; `client` may be that of a cluster."""
    from redis.asyncio.cluster import RedisCluster as AsyncRedisCluster

    if isinstance(client, AsyncRedisCluster):
        await client.initialize()
        info: Any = await client.info(target_nodes=client.get_node_from_key(key))
    else:
        info = await client.info()
    return info  # type: ignore[no-any-return]
