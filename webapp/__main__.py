"""`python -m webapp`: uvicorn, set up for streams.

`HOST` and `PORT` say where (127.0.0.1:8000), `WEB_CONCURRENCY` how many processes share the port:
each has its own listener and tells its own clients. `KEEP_ALIVE_SECONDS` is how long an idle
connection is kept (5): longer than a load balancer in front keeps one. `FORWARDED_ALLOW_IPS` names
the proxies whose X-Forwarded-For is believed (127.0.0.1). `webapp.settings` has the others.
"""

import os
import sys

import uvicorn

from aggregates.board_file import BoardError, load_boards
from webapp.ending import GOODBYE_SECONDS
from webapp.files import raise_file_limit
from webapp.protocol import StreamProtocol
from webapp.settings import Settings, SettingsError, read_count

# Files beside the streams: pages and figures are asked for over connections too.
_SPARE_FILES = 200


def main(app: str = "webapp.app:create_app") -> int:
    """Serve what a factory makes until told to end; return the exit code."""
    environment = os.environ
    try:
        port = read_count(environment, "PORT", 8000)
        keep_alive_seconds = read_count(environment, "KEEP_ALIVE_SECONDS", 5)
        settings = Settings.from_environment(environment)
        # With several processes, uvicorn would start ones that cannot run again and again.
        load_boards(settings.boards)
    except (SettingsError, BoardError) as error:
        _say(str(error))
        return 1
    for warning in find_warnings(
        settings, raise_file_limit(), environment.get("FORWARDED_ALLOW_IPS", "")
    ):
        _say(f"warning: {warning}")
    uvicorn.run(
        app,
        factory=True,
        host=environment.get("HOST", "127.0.0.1"),
        port=port,
        http=StreamProtocol,
        ws="none",
        access_log=False,
        server_header=False,
        timeout_keep_alive=keep_alive_seconds,
        log_level="warning",
        timeout_graceful_shutdown=GOODBYE_SECONDS,
    )
    return 0


def find_warnings(settings: Settings, files: int, forwarded_allow_ips: str) -> list[str]:
    """Return what an operator should know of before clients come."""
    warnings = []
    if files < settings.max_clients + _SPARE_FILES:
        warnings.append(
            f"this system lets the process open {files:,} files, and each stream is one:"
            f" MAX_CLIENTS={settings.max_clients} needs {settings.max_clients + _SPARE_FILES:,}."
            f" Raise the hard limit (ulimit -Hn), or lower MAX_CLIENTS"
        )
    if "*" in forwarded_allow_ips:
        warnings.append(
            "FORWARDED_ALLOW_IPS=* believes whatever address a client writes into X-Forwarded-For,"
            " so that MAX_CLIENTS_PER_ADDRESS limits nobody. Name the proxy's addresses"
        )
    return warnings


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
