"""Reads and checks `REDIS_URL` before anything connects. No message shows a part of its value.

A password with a raw `#`, `/` or `?` shifts the parts of a URL: what looks like a host, a port or a
database may be a piece of the password. So messages name the part that is wrong, never its text.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, cast
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from redis.connection import URL_QUERY_ARGUMENT_PARSERS

_EXAMPLE = "redis://USER:PASSWORD@HOST:6379/0"
_SCHEMES = ("redis", "rediss", "unix")
# Our options after the ?; all others are redis-py's.
_OUR_WORDS = frozenset({"cluster", "iam", "region", "serverless"})
_TEXT_WORDS = frozenset({"client_name", "username", "password"})
_TLS_WORDS = frozenset(
    {
        "ssl_ca_certs",
        "ssl_ca_data",
        "ssl_ca_path",
        "ssl_cert_reqs",
        "ssl_certfile",
        "ssl_ciphers",
        "ssl_keyfile",
        "ssl_password",
    }
)


class RedisUrlError(ValueError):
    """`REDIS_URL` cannot be used: one line that names the part that is wrong and the fix."""


class RedisPlace(NamedTuple):
    """A URL for redis-py, without our own options, and what those options say."""

    url: str
    is_cluster: bool
    options: dict[str, Any]


def read_redis_url(url: str) -> RedisPlace:
    """Return the parts of a URL; raise `RedisUrlError`. It does not connect."""
    parts = _split(url)
    words = _read_words(parts)
    ours = {name: words.pop(name) for name in _OUR_WORDS & words.keys()}
    is_cluster = _is_true(ours.get("cluster", ""))
    if is_cluster and parts.scheme == "unix":
        raise RedisUrlError("REDIS_URL has cluster=true, so it has to be redis:// or rediss://")
    options: dict[str, Any] = {}
    user, at, address = parts.netloc.rpartition("@")
    if cache := ours.get("iam"):
        region = ours.get("region")
        if parts.scheme != "rediss" or not parts.username or not region:
            raise RedisUrlError(
                "REDIS_URL has iam, so it has to be rediss://USER@HOST:6379?iam=CACHE&region=REGION"
            )
        from aggregates.iam import IamCredentials

        options["credential_provider"] = IamCredentials(
            parts.username, cache, region, serverless=_is_true(ours.get("serverless", ""))
        )
        # redis-py takes either a credential provider or a user.
        user = at = ""
    if not ours:
        # Returned as it is: putting `unix:///path` together again would lose its slashes.
        return RedisPlace(url, is_cluster, options)
    query = f"?{urlencode(words)}" if words else ""
    return RedisPlace(
        f"{parts.scheme}://{user}{at}{address}{parts.path}{query}", is_cluster, options
    )


def check_redis_url(url: str) -> str:
    """Return the URL unchanged; raise `RedisUrlError` if it cannot be used."""
    read_redis_url(url)
    return url


def _split(url: str) -> SplitResult:
    if url.partition("://")[0] not in _SCHEMES:
        raise RedisUrlError(
            "REDIS_URL does not begin with redis://, rediss:// (TLS) or unix://; write it like"
            f" {_EXAMPLE}"
        )
    if any(letter.isspace() or not letter.isprintable() for letter in url):
        raise RedisUrlError("REDIS_URL has a blank or a line break in it; remove it")
    _refuse_raw(url, "#", "%23")
    try:
        parts = urlsplit(url)
    except ValueError:
        # urllib's own message would show the part that it could not read.
        raise RedisUrlError(
            f"REDIS_URL cannot be read; write it like {_EXAMPLE}, with special characters in user"
            " and password as %XX"
        ) from None
    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            raise RedisUrlError("REDIS_URL names no socket; write unix:///path/to/redis.sock")
        return parts
    if "@" not in parts.netloc:
        _refuse_raw(url, "/", "%2F", after=len(parts.scheme) + 3)
        if "=" not in parts.query.partition("@")[0]:
            _refuse_raw(url, "?", "%3F")
    if not _has_port(parts):
        raise RedisUrlError(
            f"REDIS_URL has a port that is not a number from 1 to 65535; write it like {_EXAMPLE}"
        )
    database = parts.path.removeprefix("/")
    if database and not (database.isascii() and database.isdigit()):
        raise RedisUrlError(
            "REDIS_URL has a database that is not a number; Redis has no names for databases: write"
            f" one such as {_EXAMPLE}, or leave it out for database 0"
        )
    return parts


def _refuse_raw(url: str, letter: str, escape: str, *, after: int = 0) -> None:
    """Raise `RedisUrlError` if a character that ends a part of a URL is in the password."""
    _, found, rest = url[after:].partition(letter)
    if not found:
        return
    if "@" in rest:
        raise RedisUrlError(f"REDIS_URL has a {letter} in its password; write {escape}")
    if letter == "#":
        raise RedisUrlError(f"REDIS_URL has a #, which ends a URL; write {escape}")


def _has_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _read_words(parts: SplitResult) -> dict[str, str]:
    """Return the options after the ?; raise `RedisUrlError` for an unknown one."""
    try:
        words = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError:
        raise RedisUrlError("REDIS_URL has something after its ? that is not name=value") from None
    known = _OUR_WORDS | _TEXT_WORDS | URL_QUERY_ARGUMENT_PARSERS.keys()
    if parts.scheme == "rediss":
        known |= _TLS_WORDS
    else:
        known = frozenset(name for name in known if not name.startswith("ssl_"))
    if not words.keys() <= known:
        raise RedisUrlError(
            "REDIS_URL has an option after its ? that is not known"
            + ("" if parts.scheme == "rediss" else " (ssl_… is for rediss:// only)")
        )
    for name, value in words.items():
        parse = cast("Callable[[str], object]", URL_QUERY_ARGUMENT_PARSERS.get(name, str))
        try:
            parse(value)
        except (TypeError, ValueError):
            raise RedisUrlError(f"REDIS_URL has an invalid value for {name}") from None
    return words


def _is_true(text: str) -> bool:
    return text.lower() in ("true", "yes", "1")
