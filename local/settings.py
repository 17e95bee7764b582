"""Settings of the local system, read from the environment once."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aggregates.redis_url import RedisUrlError, check_redis_url
from local.errors import LocalError
from local.ports import HOST

DEFAULT_PORT = 8000
DEFAULT_DONORS_PER_SECOND = 2.0
_MAX_DONORS_PER_SECOND = 200.0


@dataclass(frozen=True)
class Settings:
    """The settings of the local system.

    `cache` is the folder for logs and the state of the running system: the event's, or the
    demonstration's. `aws_python` is the Python of the virtualenv with the local DynamoDB. The web
    app listens on `host`. `redis_url` is None if a Redis is to be started; `fresh` allows deleting
    the boards' keys in another one. `sinks` are the board files that the folder of sinks is beside.
    """

    host: str
    port: int
    boards: str
    redis_url: str | None
    fresh: bool
    donors_per_second: float
    cache: Path
    aws_python: Path
    sinks: str


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from the variables of `make run`; raise `LocalError`.

    An empty variable is like an absent one, because make passes all of them on.
    """
    return Settings(
        host=environment.get("HOST") or HOST,
        port=_read_port(environment.get("PORT") or str(DEFAULT_PORT)),
        boards=environment.get("BOARDS") or "boards",
        redis_url=_read_redis_url(environment.get("REDIS_URL")),
        fresh=environment.get("FRESH", "").lower() in ("1", "yes", "true"),
        donors_per_second=_read_rate(environment.get("DONORS") or str(DEFAULT_DONORS_PER_SECOND)),
        cache=Path(".cache"),
        aws_python=_find_aws_python(),
        sinks=environment.get("SINKS") or environment.get("BOARDS") or "boards",
    )


def _find_aws_python() -> Path:
    """Return the Python with the local DynamoDB: in this folder, or else in the checkout."""
    folders = (Path(), Path(__file__).parent.parent)
    found = [folder.absolute() / ".venv-aws" / "bin" / "python" for folder in folders]
    return next(filter(Path.exists, found), found[0])


def _read_port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise LocalError(f'PORT is "{text}"; write a number from 1 to 65535, such as PORT=8001')
    return int(text)


def _read_redis_url(text: str | None) -> str | None:
    try:
        return check_redis_url(text) if text else None
    except RedisUrlError as error:
        raise LocalError(str(error)) from None


def _read_rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 <= rate <= _MAX_DONORS_PER_SECOND:
        raise LocalError(
            f'DONORS is "{text}"; write donations a second, up to'
            f" {_MAX_DONORS_PER_SECOND:.0f}, or 0 for none"
        )
    return rate
