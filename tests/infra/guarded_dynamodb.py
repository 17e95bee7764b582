"""A DynamoDB that lets a client do only what a role of the template allows."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any

# An action and the table that it is done to.
Use = tuple[str, str]


def list_uses(operation: str, body: dict[str, Any]) -> list[Use]:
    """Return the rights that a request needs: a transaction needs those of each of its actions."""
    if operation == "TransactWriteItems":
        return [
            (f"dynamodb:{verb}Item", action["TableName"])
            for actions in body["TransactItems"]
            for verb, action in actions.items()
        ]
    return [(f"dynamodb:{operation}", body["TableName"])]


class Guard:
    """The address of the guarded DynamoDB; `used` and `refused` are what was asked for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.used: set[Use] = set()
        self.refused: set[Use] = set()


@contextmanager
def guard_dynamodb(
    endpoint: str, allowed: set[Use], slow: Mapping[str, float] = MappingProxyType({})
) -> Iterator[Guard]:
    """Pass on to `endpoint` the requests that are allowed; refuse the others as IAM does.

    `slow` has tables whose requests take so many seconds longer.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            operation = self.headers["x-amz-target"].rpartition(".")[2]
            uses = set(list_uses(operation, json.loads(body)))
            if uses <= allowed:
                guard.used |= uses
                # It stands for a table that is slow, not for something to wait for.
                time.sleep(max(slow.get(table, 0.0) for _, table in uses))
                status, answer = self._pass_on(body)
            else:
                guard.refused |= uses - allowed
                kind = "com.amazon.coral.service#AccessDeniedException"
                status, answer = (
                    400,
                    json.dumps({"__type": kind, "message": "not allowed"}).encode(),
                )
            self.send_response(status)
            self.send_header("content-type", "application/x-amz-json-1.0")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _pass_on(self, body: bytes) -> tuple[int, bytes]:
            kept = ("content-type", "x-amz-target", "authorization", "x-amz-date")
            headers = {name: self.headers[name] for name in kept if name in self.headers}
            try:
                with urllib.request.urlopen(
                    urllib.request.Request(endpoint, body, headers), timeout=20
                ) as reply:
                    return reply.status, reply.read()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    guard = Guard(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield guard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
