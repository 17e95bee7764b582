"""`python -m explore`: serves the API and the page of SQL over the live table, and keeps its rows.

It listens on `HOST` and `PORT` (127.0.0.1:8090). `explore/service_settings.py` and
`explore/http_settings.py` read the rest: `BOARDS`, `SINKS`, `EXPLORE_FOLDER`, `EXPLORE_FEED`,
`EXPLORE_FEED_KEY`, `EXPLORE_KEYS`, `QUERIES`, `EXPLORE_ORIGINS`; AWS' own variables say where the
tables are. Run one process only: one alone can open the engine's files.
"""

import logging
import os
import sys

import uvicorn

from aggregates.board_fields import BoardError
from explore.app import create_app
from explore.http_settings import HttpSettings
from explore.opening import make_service
from explore.service_settings import ServiceSettings

_PORT = 8090
_GOODBYE_SECONDS = 4


def main() -> int:
    """Serve until a signal ends it; return the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("tallyboard").setLevel(logging.INFO)
    environment = os.environ
    try:
        port = int(environment.get("PORT") or _PORT)
        service = make_service(ServiceSettings.from_environment(environment))
        settings = HttpSettings.from_environment(environment)
        app = create_app(settings, service.boards, service.engine, service.running)
    except (BoardError, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    uvicorn.run(
        app,
        host=environment.get("HOST") or "127.0.0.1",
        port=port,
        ws="none",
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
