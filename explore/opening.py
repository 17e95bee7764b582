"""Makes the service of the SQL sinks that the settings name."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import boto3
from botocore.config import Config

from aggregates.board_fields import BoardError
from aggregates.board_file import load_boards
from explore.http_settings import HttpSettings
from explore.keys_secret import KeysSecret
from explore.limits import Limits
from explore.service import Service
from explore.service_settings import ServiceSettings
from sinks.choosing import choose_sinks
from sinks.kinds.sql import Sql

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 6},
)


def make_service(settings: ServiceSettings, limits: Limits | None = None) -> Service:
    """Return the service, not running yet; AWS is asked by its own variables.

    Raises `BoardError`, also if there is no sink of the kind sql, and ValueError.
    """
    boards = load_boards(settings.boards)
    found, errors = choose_sinks(boards, settings.sinks)
    if errors:
        raise errors[0]
    sinks = [sink for sink in found.values() if isinstance(sink, Sql)]
    if not sinks:
        raise BoardError(
            f"{settings.sinks}: there is no sink of the kind sql beside the boards; docs/explore.md"
            " says how to write one"
        )
    dynamodb = boto3.client("dynamodb", config=_CONFIG)
    return Service(
        sinks,
        settings.folder,
        settings.feed,
        dynamodb,
        feed_key=settings.feed_key,
        limits=limits,
    )


def run_with_keys(
    settings: HttpSettings, running: Callable[[], AbstractAsyncContextManager[object]]
) -> Callable[[], AbstractAsyncContextManager[object]]:
    """Return what runs the service; the keys are copied meanwhile if they are in a secret.

    AWS is asked by its own variables.
    """
    if not settings.keys_secret:
        return running
    manager = boto3.client("secretsmanager", config=_CONFIG)
    secret = KeysSecret(settings.keys_secret, settings.keys, manager)

    @asynccontextmanager
    async def run() -> AsyncIterator[None]:
        async with secret.copying(), running():
            yield

    return run
