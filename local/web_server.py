"""The web app as a child."""

import http.client
import os
import sys
import threading
from pathlib import Path

from local.child import Child, start_child, wait_until_ready
from local.ports import reach

_READY_SECONDS = 20.0


def start_web(host: str, port: int, *, redis_url: str, boards: str, cache: Path) -> Child:
    """Start the web app; it does not answer yet."""
    command = [sys.executable, "-m", "webapp"]
    told = {"HOST": host, "PORT": str(port), "REDIS_URL": redis_url, "BOARDS": boards}
    return start_child("the web app", command, log=cache / "web.log", environment=os.environ | told)


def wait_for_web(child: Child, host: str, port: int, stop: threading.Event) -> None:
    """Wait until the web app answers; raise `LocalError` or `Stopped`."""

    def answers() -> bool:
        connection = http.client.HTTPConnection(reach(host), port, timeout=1.0)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    wait_until_ready(child, answers, timeout_seconds=_READY_SECONDS, stop=stop)
