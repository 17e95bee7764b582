"""A provider on 127.0.0.1: it answers over real HTTP what a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Asked(NamedTuple):
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Told(NamedTuple):
    """An answer; `parts` are sent one after the other, each once `StandIn.go_on` is set."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}
    parts: tuple[bytes, ...] = ()


Reply = Callable[[Asked], Told]


class StandIn:
    """`reply` makes the answers; `trouble` is taken instead while it is there."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.trouble: Reply | None = None
        self.asked: list[Asked] = []
        self.go_on = threading.Event()
        self.was_asked = threading.Event()
        self.url = ""

    def answer(self, asked: Asked) -> Told:
        self.asked.append(asked)
        self.was_asked.set()
        return (self.trouble or self.reply)(asked)


def tell_json(value: Any, asked: Asked | None = None, **headers: str) -> Told:
    """Return an answer in JSON with an ETag; status 304 if the request has that ETag."""
    body = json.dumps(value).encode()
    etag = f'"{sha256(body).hexdigest()[:16]}"'
    if asked is not None and asked.headers.get("if-none-match") == etag:
        return Told(304, headers={"etag": etag})
    kind = {"content-type": "application/json", "etag": etag}
    return Told(200, body, kind | {k.replace("_", "-"): v for k, v in headers.items()})


@contextmanager
def run_stand_in(reply: Reply) -> Iterator[StandIn]:
    stand_in = StandIn(reply)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("content-length", "0"))
            asked = Asked(
                parts.path,
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
            )
            told = stand_in.answer(asked)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            size = len(told.body) + sum(map(len, told.parts))
            if told.status != 304:
                self.send_header("content-length", str(size))
            self.end_headers()
            try:
                self.wfile.write(told.body)
                for part in told.parts:
                    stand_in.go_on.wait(30)
                    self.wfile.write(part)
            except OSError:
                # Who asked has gone; that is what some tests are for.
                self.close_connection = True

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()
