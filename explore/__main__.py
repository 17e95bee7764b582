"""`python -m explore`: SQL over the live table, as an API and a page at `/explore`.

It listens on `HOST` and `PORT` (127.0.0.1:8090). Needed are `EXPLORE_KEYS`, the file of keys that
`tallyboard keys` writes (or that is copied from the secret `EXPLORE_KEYS_SECRET`), and
`EXPLORE_FEED`, where the sinks' function hands in changes. The other variables are in
`explore/http_settings.py` and `explore/service_settings.py`: docs/explore.md describes all of them.
Run one process only: it owns the engine's files.
"""

import logging
import os
import sys
from collections.abc import Mapping

import uvicorn

from aggregates.board_fields import BoardError
from explore.app import create_app
from explore.http_settings import ExploreSettingsError, HttpSettings
from explore.keys import KeysError, load_keys
from explore.opening import make_service, run_with_keys
from explore.service_settings import ServiceSettings
from webapp.bounded_protocol import BoundedProtocol
from webapp.files import raise_file_limit
from webapp.settings import SettingsError, read_count

_GOODBYE_SECONDS = 4
_PORT = 8090


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Serve until a signal ends it; return the exit code."""
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("tallyboard").setLevel(logging.INFO)
    try:
        port = read_count(environment, "PORT", _PORT)
        keep_alive_seconds = read_count(environment, "KEEP_ALIVE_SECONDS", 5)
        settings = HttpSettings.from_environment(environment)
        # A secret may get its first key later.
        if not settings.keys_secret and not load_keys(settings.keys):
            raise ExploreSettingsError(
                f"EXPLORE_KEYS is {settings.keys}, which has no key: SQL is off until"
                " `tallyboard keys make` has made one"
            )
        service = make_service(ServiceSettings.from_environment(environment))
        running = run_with_keys(settings, service.running)
        app = create_app(settings, service.boards, service.engine, running)
    except (ExploreSettingsError, SettingsError, KeysError, BoardError, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    raise_file_limit()
    uvicorn.run(
        app,
        host=environment.get("HOST", "127.0.0.1"),
        port=port,
        http=BoundedProtocol,
        ws="none",
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_keep_alive=keep_alive_seconds,
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
