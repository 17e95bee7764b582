"""`python -m webapp`: uvicorn, set up for streams.

`HOST` and `PORT` say where (127.0.0.1:8000), `WEB_CONCURRENCY` how many processes share the port:
each has its own listener and tells its own clients. `KEEP_ALIVE_SECONDS` is how long an idle
connection is kept (5): longer than a load balancer in front keeps one. `STREAMS=asgi` has frames go
through ASGI's `send` instead of to the connection; `uvicorn --factory webapp.app:create_app` does
so too.
"""

import os
import resource
import sys

import uvicorn

from aggregates.board_file import BoardError, load_boards
from webapp.protocol import StreamProtocol
from webapp.settings import Settings, SettingsError, read_count

# Streams that do not end by then are cut.
_GOODBYE_SECONDS = 4


def main() -> int:
    """Serve until told to end; return the exit code."""
    environment = os.environ
    streams = environment.get("STREAMS", "direct")
    if streams not in ("direct", "asgi"):
        print(f"STREAMS is {streams!r}; write direct or asgi", file=sys.stderr)  # noqa: T201
        return 1
    try:
        port = read_count(environment, "PORT", 8000)
        keep_alive_seconds = read_count(environment, "KEEP_ALIVE_SECONDS", 5)
        # With several processes, uvicorn would start ones that cannot run again and again.
        load_boards(Settings.from_environment(environment).boards)
    except (SettingsError, BoardError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    _allow_many_connections()
    uvicorn.run(
        "webapp.app:create_app",
        factory=True,
        host=environment.get("HOST", "127.0.0.1"),
        port=port,
        http=StreamProtocol if streams == "direct" else "httptools",
        access_log=False,
        timeout_keep_alive=keep_alive_seconds,
        log_level="warning",
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
    )
    return 0


def _allow_many_connections() -> None:
    """Raise the number of open files to what the system lets us have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main())
