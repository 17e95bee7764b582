"""Settings of the commands, from the environment. Nothing else in this room reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """The settings: `boards` are board files and folders; `redis_url` is None if not set.

    `stack` is the name of the deployed stack, which metrics carry; empty elsewhere. `explore_feed`
    is the address of the service that keeps the rows of SQL sinks; the key is what it asks for.
    """

    boards: str
    redis_url: str | None
    stack: str = ""
    explore_feed: str = ""
    explore_feed_key: str = ""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings from the environment; empty means not set."""
    return Settings(
        boards=environment.get("BOARDS") or "boards",
        redis_url=environment.get("REDIS_URL") or None,
        stack=environment.get("STACK") or "",
        explore_feed=environment.get("EXPLORE_FEED") or "",
        explore_feed_key=environment.get("EXPLORE_FEED_KEY") or "",
    )
