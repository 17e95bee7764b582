"""The intake as an HTTP service in this process, and requests to it, good and bad ones."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPResponse
from typing import Any, NamedTuple

import uvicorn
from starlette.applications import Starlette

from intake.app import intake_routes
from intake.intake import Intake
from tests.intake.senders import NOW

PUBLIC_URL = "https://live.example.org"


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str


class Served:
    """The service at `port`."""

    def __init__(self, port: int) -> None:
        self.port = port

    def post(self, name: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a request as a provider does."""
        lines = [f"{name}: {value}" for name, value in headers.items()]
        lines.append(f"content-length: {len(body)}")
        return self.talk(f"POST /in/{name} HTTP/1.1", *lines, body=body)

    def talk(self, *lines: str, body: bytes = b"") -> Reply:
        """Send lines as they are, and then a body as it is."""
        head = "\r\n".join([*lines, "host: 10.0.0.7", "connection: close", "", ""])
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            line.sendall(head.encode("latin-1") + body)
            reply = HTTPResponse(line)
            reply.begin()
            text = reply.read().decode()
            return Reply(reply.status, dict(reply.getheaders()), text)


@contextmanager
def serve_intake(
    intake: Intake, body_seconds: float = 20.0, clock: Callable[[], datetime] = lambda: NOW
) -> Iterator[Served]:
    """Serve an intake, whose clock stands still unless there is another."""
    routes = intake_routes(intake, PUBLIC_URL, clock, body_seconds)
    app: Any = Starlette(routes=routes)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            deadline = time.monotonic() + 10
            while not server.started:
                assert time.monotonic() < deadline, "the intake did not start"
                thread.join(0.01)
            yield Served(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(10)
