"""What the commands are told by their environment; nothing else of them reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`boards` are board files and folders; `redis_url` is None where none is named.

    `stack` is the name of the deployed stack, empty elsewhere: metrics name it.
    """

    boards: str
    redis_url: str | None
    stack: str = ""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of `BOARDS`, `REDIS_URL` and `STACK`; an empty one is as good as none."""
    return Settings(
        boards=environment.get("BOARDS") or "boards",
        redis_url=environment.get("REDIS_URL") or None,
        stack=environment.get("STACK") or "",
    )
