"""Connects to Redis: a URL in, a client with time limits out.

`redis://`, `rediss://` (TLS) and `unix://` work as in redis-py, with user and password; trust a
self-signed certificate with `?ssl_ca_certs=FILE`. Two more options:

- `?cluster=true`: the address is any node of a Redis Cluster;
- `?iam=CACHE&region=REGION`: the user signs in to the ElastiCache of that name by IAM; TLS only.
  Add `&serverless=true` if the cache is serverless.
"""

from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import RedisClusterException, RedisError
from redis.retry import Retry

from aggregates.redis_url import read_redis_url

if TYPE_CHECKING:
    from redis.asyncio import Redis as AsyncRedis

CONNECT_TIMEOUT_SECONDS = 2.0
# A script call on 10,000 records takes well under a second.
REPLY_TIMEOUT_SECONDS = 5.0
# With two retries, one command takes at most 3 × (2 + 5) s, less than the function's timeout of
# 30 s. A batch may need several commands: a script that Redis does not know yet is sent again in
# full, each board of a table has a call, a cluster is asked for its nodes. If that takes longer,
# Lambda ends the call and delivers the batch again, which counts nothing twice.
RETRIES = 2

# Raised by connecting and by any command. RedisClusterException is not a RedisError.
REDIS_ERRORS = (RedisError, RedisClusterException, OSError)


def connect(url: str, patience_seconds: float | None = None) -> Redis:
    """Return a client; it connects when first used, to a cluster at once.

    With `patience_seconds` it tries once, and neither connecting nor a reply may take longer. A
    cluster's client is a `RedisCluster`, with the same commands. Raises `RedisUrlError` for an
    invalid URL.
    """
    place = read_redis_url(url)
    retries = 0 if patience_seconds else RETRIES
    options = place.options | {
        "socket_connect_timeout": patience_seconds or CONNECT_TIMEOUT_SECONDS,
        "socket_timeout": patience_seconds or REPLY_TIMEOUT_SECONDS,
        "socket_keepalive": True,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), retries),
    }
    if not place.is_cluster:
        return Redis.from_url(place.url, **options)
    from aggregates.cluster import Cluster

    return cast("Redis", Cluster.from_url(place.url, **options))


def connect_async(url: str, timeout_seconds: float) -> "AsyncRedis":
    """Return an asyncio client that never retries by itself: a retry would hide a loss of data.

    Raises `RedisUrlError` for an invalid URL.
    """
    from redis.asyncio import Redis as AsyncRedis
    from redis.asyncio.retry import Retry as AsyncRetry

    place = read_redis_url(url)
    options = place.options | {
        "socket_connect_timeout": timeout_seconds,
        "socket_timeout": timeout_seconds,
        "socket_keepalive": True,
        "retry": AsyncRetry(NoBackoff(), 0),
    }
    if place.is_cluster:
        from aggregates.cluster import AsyncCluster

        return cast("AsyncRedis", AsyncCluster.from_url(place.url, **options))
    return AsyncRedis.from_url(place.url, **options)


def name_node(url: str, host: str, port: int) -> str:
    """Return the URL of one node of the cluster at `url`."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    named = f"[{host}]" if ":" in host else host
    words = [(name, value) for name, value in parse_qsl(parts.query) if name != "cluster"]
    return urlunsplit(parts._replace(netloc=f"{user}{at}{named}:{port}", query=urlencode(words)))
