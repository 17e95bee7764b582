"""`python -m crew`: serve the crew's pages on their own, at `/crew/`.

It listens on `HOST` and `PORT` (127.0.0.1:8080). `crew/settings.py` reads the rest: `CREW_CODE`,
`CREW_SESSION_KEY`, `BOARDS`, `REDIS_URL`, `DISPLAY_URL`, `DYNAMODB_URL`, `JOURNAL_SUFFIX`,
`PUBLIC_URL`. Run one process only: the limit on wrong codes and the lock that orders changes of
the screens are in its memory.
"""

import os
import sys
from typing import Any

import boto3
import uvicorn
from botocore.config import Config

from aggregates.board_file import BoardError, load_boards
from crew.app import create_crew, serve_alone
from crew.settings import CrewSettings, CrewSettingsError, read_port
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
    try:
        settings = CrewSettings.from_environment(os.environ)
        port = read_port(os.environ)
        boards = list(load_boards(settings.boards).values())
    except (CrewSettingsError, BoardError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    dynamodb = connect_dynamodb(settings)
    if settings.dynamodb_url:
        for table in {board.table for board in boards}:
            create_journal(dynamodb, table + settings.journal_suffix)
    uvicorn.run(
        serve_alone(create_crew(settings, boards, dynamodb)),
        host=os.environ.get("HOST", "127.0.0.1"),
        port=port,
        access_log=False,
        log_level="warning",
        server_header=False,
        # Behind a proxy on this machine, wrong codes count against the client's own address.
        proxy_headers=True,
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
    )
    return 0


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


if __name__ == "__main__":
    sys.exit(main())
