"""`python -m crew`: serve the crew's pages at `/crew/`, and the sources' addresses at `/in/`.

It listens on `HOST` and `PORT` (127.0.0.1:8080). `crew/settings.py` reads the rest: `CREW_CODE`,
`CREW_SESSION_KEY`, `BOARDS`, `REDIS_URL`, `DISPLAY_URL`, `DYNAMODB_URL`, `JOURNAL_SUFFIX`,
`PUBLIC_URL`, `INTAKE`, `SECRETS`, `STACK`, `KEEP_ALIVE_SECONDS`. `INTAKE` names the file of
sources; without it there are none. Run one process only: the limit on wrong codes and the lock that
orders changes of the screens are in its memory.
"""

import logging
import os
import sys
from collections.abc import Mapping
from typing import Any

import boto3
import uvicorn
from botocore.config import Config
from starlette.applications import Starlette

from aggregates.board_file import BoardError, load_boards
from crew.app import create_crew, serve_alone
from crew.desk import TABLE_ERRORS
from crew.intake_room import open_sources
from crew.settings import (
    CrewSettings,
    CrewSettingsError,
    read_keep_alive_seconds,
    read_port,
    unfold_secrets,
)
from crew.tables import create_journal

_GOODBYE_SECONDS = 4
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=10,
    max_pool_connections=40,
    retries={"mode": "standard", "total_max_attempts": 3},
)


def main() -> int:
    """Serve until a signal ends it; return the exit code."""
    # The log says why a source's message counts nothing.
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("tallyboard").setLevel(logging.INFO)
    try:
        environment = unfold_secrets(os.environ)
        port = read_port(environment)
        keep_alive_seconds = read_keep_alive_seconds(environment)
        app = create_app(environment)
    except (CrewSettingsError, BoardError) as error:
        return _fail(str(error))
    except TABLE_ERRORS as error:
        return _fail(f"the tables cannot be read: {error}")
    uvicorn.run(
        app,
        host=environment.get("HOST", "127.0.0.1"),
        port=port,
        access_log=False,
        log_level="warning",
        server_header=False,
        # Behind a proxy on this machine, wrong codes count against the client's own address.
        proxy_headers=True,
        timeout_keep_alive=keep_alive_seconds,
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
    )
    return 0


def create_app(environment: Mapping[str, str]) -> Starlette:
    """Return the service; raise `CrewSettingsError`, `BoardError` or boto3's errors."""
    settings = CrewSettings.from_environment(environment)
    boards = load_boards(settings.boards)
    dynamodb = connect_dynamodb(settings)
    if settings.dynamodb_url:
        for table in {board.table for board in boards.values()}:
            create_journal(dynamodb, table + settings.journal_suffix)
    sources = open_sources(settings, boards, environment, dynamodb)
    crew = create_crew(
        settings,
        list(boards.values()),
        dynamodb,
        read_intake=lambda: None if sources is None else sources.intake,
    )
    if sources is None:
        return serve_alone(crew)
    return serve_alone(crew, routes=sources.routes, running=sources.running)


def connect_dynamodb(settings: CrewSettings) -> Any:
    """Return a client of the DynamoDB at `dynamodb_url`, or of AWS where that is empty."""
    if not settings.dynamodb_url:
        return boto3.client("dynamodb", config=_CONFIG)
    return boto3.client(
        "dynamodb",
        endpoint_url=settings.dynamodb_url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the local server takes any
        config=_CONFIG,
    )


def _fail(text: str) -> int:
    print(text, file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
