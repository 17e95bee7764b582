"""One way to a Redis: a URL, and how long anything may take.

`redis://`, `rediss://` (TLS) and `unix://` as redis-py reads them, with user and password; a
self-signed certificate by `?ssl_ca_certs=FILE`. Two words more:

- `?cluster=true`: the address is that of any node of a Redis Cluster;
- `?iam=CACHE&region=REGION`: the user signs in to the ElastiCache of that name by IAM; TLS only.
  `&serverless=true` where it is a serverless one.
"""

from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import RedisClusterException, RedisError
from redis.retry import Retry

if TYPE_CHECKING:
    from redis.asyncio import Redis as AsyncRedis

CONNECT_TIMEOUT_SECONDS = 2.0
# A script call on 10,000 records takes well under a second.
REPLY_TIMEOUT_SECONDS = 5.0
# A batch that cannot be applied after this is delivered again by Lambda: with two retries, one call
# takes at most 3 × (2 + 5) s and stays below the function's own timeout of 30 s.
RETRIES = 2

# What connecting, and any command, may raise. A cluster's own error is none of the first's.
REDIS_ERRORS = (RedisError, RedisClusterException, OSError)


class _Place(NamedTuple):
    """A URL without the words that are ours, and what those say."""

    url: str
    is_cluster: bool
    options: dict[str, Any]


def connect(url: str, patience_seconds: float | None = None) -> Redis:
    """Return a client; it connects when first used, but to a cluster at once.

    With `patience_seconds` it tries once, and nothing takes longer. That of a cluster is a
    `RedisCluster`, which differs in what concerns its connections. Raises `ValueError` for a URL
    that cannot be.
    """
    place = _read_url(url)
    retries = 0 if patience_seconds else RETRIES
    options = place.options | {
        "socket_connect_timeout": patience_seconds or CONNECT_TIMEOUT_SECONDS,
        "socket_timeout": patience_seconds or REPLY_TIMEOUT_SECONDS,
        "socket_keepalive": True,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), retries),
    }
    if not place.is_cluster:
        return Redis.from_url(place.url, **options)
    from redis.cluster import RedisCluster

    return cast("Redis", RedisCluster.from_url(place.url, **options))


def connect_async(url: str, timeout_seconds: float) -> "AsyncRedis":
    """Return the same for asyncio, which never tries again by itself: that would hide a loss."""
    from redis.asyncio import Redis as AsyncRedis
    from redis.asyncio.cluster import RedisCluster
    from redis.asyncio.retry import Retry as AsyncRetry

    place = _read_url(url)
    options = place.options | {
        "socket_connect_timeout": timeout_seconds,
        "socket_timeout": timeout_seconds,
        "socket_keepalive": True,
        "retry": AsyncRetry(NoBackoff(), 0),
    }
    if place.is_cluster:
        return cast("AsyncRedis", RedisCluster.from_url(place.url, **options))
    return AsyncRedis.from_url(place.url, **options)


def name_node(url: str, host: str, port: int) -> str:
    """Return the URL of one node of the cluster at `url`."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    named = f"[{host}]" if ":" in host else host
    words = [(name, value) for name, value in parse_qsl(parts.query) if name != "cluster"]
    return urlunsplit(parts._replace(netloc=f"{user}{at}{named}:{port}", query=urlencode(words)))


def _read_url(url: str) -> _Place:
    parts = urlsplit(url)
    words = dict(parse_qsl(parts.query))
    is_cluster = words.pop("cluster", "false").lower() in ("true", "yes", "1")
    cache, region = words.pop("iam", ""), words.pop("region", "")
    serverless = words.pop("serverless", "false").lower() in ("true", "yes", "1")
    options: dict[str, Any] = {}
    if cache:
        if parts.scheme != "rediss" or not parts.username or not region:
            raise ValueError(
                "REDIS_URL has iam, so it has to be rediss://USER@HOST:6379?iam=CACHE&region=REGION"
            )
        from aggregates.iam import IamCredentials

        options["credential_provider"] = IamCredentials(
            parts.username, cache, region, serverless=serverless
        )
        # redis-py takes either a provider or a user.
        parts = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    return _Place(urlunsplit(parts._replace(query=urlencode(words))), is_cluster, options)
