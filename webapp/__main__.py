"""`python -m webapp`: runs the web app on uvicorn, configured for streams.

`HOST` and `PORT` set the address (127.0.0.1:8000). `WEB_CONCURRENCY` is how many processes share
the port; each has its own listener and its own clients. `KEEP_ALIVE_SECONDS` is how long an idle
connection is kept (5); it must be longer than a load balancer in front keeps one.
`FORWARDED_ALLOW_IPS` names the proxies whose X-Forwarded-For is trusted (127.0.0.1). The other
variables are in `webapp.settings`.
"""

import os
import sys

import uvicorn

from aggregates.board_file import BoardError, load_boards
from webapp.ending import GOODBYE_SECONDS
from webapp.files import raise_file_limit
from webapp.protocol import StreamProtocol
from webapp.settings import Settings, SettingsError, read_count

# Files needed beside the streams: requests for pages and figures use connections too.
_SPARE_FILES = 200


def main(app: str = "webapp.app:create_app") -> int:
    """Serve the app that a factory makes, until a signal ends it; return the exit code."""
    environment = os.environ
    try:
        port = read_count(environment, "PORT", 8000)
        keep_alive_seconds = read_count(environment, "KEEP_ALIVE_SECONDS", 5)
        settings = Settings.from_environment(environment)
        # Checked here, because uvicorn would restart failing worker processes again and again.
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
    """Return warnings for the operator about the settings."""
    warnings = []
    if files < settings.max_clients + _SPARE_FILES:
        warnings.append(
            f"this process may open {files:,} files, and each stream needs one:"
            f" MAX_CLIENTS={settings.max_clients} needs {settings.max_clients + _SPARE_FILES:,}."
            f" Raise the hard limit (ulimit -Hn), or lower MAX_CLIENTS"
        )
    if "*" in forwarded_allow_ips:
        warnings.append(
            "FORWARDED_ALLOW_IPS=* trusts any address that a client writes into X-Forwarded-For,"
            " so MAX_CLIENTS_PER_ADDRESS limits nobody. Name the proxy's addresses instead"
        )
    return warnings


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
