"""The settings of SQL over the live table, from environment variables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aggregates.redis_url import RedisUrlError, check_redis_url

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", re.ASCII)


class ExploreSettingsError(ValueError):
    """An environment variable cannot be used; the text names it and says what to write."""


@dataclass(frozen=True)
class HttpSettings:
    """The settings of the API and the page.

    `keys` is the file of keys; without a key in it nobody can ask anything. With `keys_secret`, the
    ARN of a secret, the file is a copy of that. `queries` are the board files that the folder of
    stored queries is beside. Pages of `origins` may use the API. In the Redis of `redis_url` the
    web app finds the panels of its screens; empty for no panels.
    """

    keys: Path
    queries: str = "boards"
    origins: tuple[str, ...] = ()
    keys_secret: str = ""
    redis_url: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "HttpSettings":
        """Return the settings; the variables are in docs/explore.md.

        Raises `ExploreSettingsError`.
        """
        keys = environment.get("EXPLORE_KEYS", "")
        if not keys:
            raise ExploreSettingsError(
                "EXPLORE_KEYS is not set; name the file of keys that `tallyboard keys make` writes"
            )
        origins = tuple(environment.get("EXPLORE_ORIGINS", "").replace(",", " ").split())
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ExploreSettingsError(
                    f"EXPLORE_ORIGINS has {origin!r}; write origins such as https://example.org,"
                    " separated by blanks"
                )
        queries = environment.get("QUERIES") or environment.get("BOARDS") or cls.queries
        redis_url = environment.get("REDIS_URL", "")
        try:
            redis_url = redis_url and check_redis_url(redis_url)
        except RedisUrlError as error:
            raise ExploreSettingsError(str(error)) from None
        keys_secret = environment.get("EXPLORE_KEYS_SECRET", "")
        return cls(Path(keys), queries, origins, keys_secret, redis_url)
