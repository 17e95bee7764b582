"""A web app that sends what a test tells it to, for states that real donations do not reach."""

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any

from tests.browser.examples import example
from tests.conftest import ROOT

Json = dict[str, Any]

_TYPES = {"css": "text/css", "html": "text/html", "js": "text/javascript", "svg": "image/svg+xml"}
_CODE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29" width="232" height="232"/>'
_PAGES = {"": "index.html", "boards": "boards.html", "help": "help.html"}


def _encode_panel(data: Json) -> bytes:
    return f"event: panel\ndata: {json.dumps(data)}\n\n".encode()


class ScriptedApp:
    """Serves the display from `folder`, and the events of one board that the test sends."""

    def __init__(self, folder: str = "/") -> None:
        self.asked: list[str] = []
        # Path → type and content of further files, beside the display's own.
        self.files: dict[str, tuple[str, bytes]] = {}
        # The answers of stored queries, by name; a page that comes is told all.
        self.panels: dict[str, Json] = {}
        self._folder = folder
        self._listeners: list[SimpleQueue[bytes | None]] = []
        self._heard: list[bytes] = []
        self._changed = threading.Condition()
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                app.asked.append(self.path)
                app.answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing: the test says what went wrong."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}{folder}"

    # For the test

    def say(self, kind: str, **changes: Any) -> None:
        """Send the specification's example of an event, with changes, to current listeners."""
        data = {**example(kind), **changes}
        self._send(f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode())

    def greet(self, **changes: Any) -> None:
        """Begin every connection with this snapshot, and send it to the open ones too.

        If `totals` differ from the example's, they are complete unless `rest` says otherwise.
        """
        if "totals" in changes:
            count = len(changes["totals"]) - 1
            changes = {"rest": None, "groups": {"count": count, "shown": count}, **changes}
        # The example's look belongs to another server, which has its files.
        data = {**example("snapshot"), "look": None, **changes}
        self._heard = [f"event: snapshot\ndata: {json.dumps(data)}\n\n".encode()]
        self._send(self._heard[0])

    def show_panel(self, **changes: Any) -> None:
        """Tell a stored query's answer, like the specification's example with changes."""
        data = {**example("panel"), **changes}
        self.panels[data["name"]] = data
        self._send(_encode_panel(data))

    def hang_up(self) -> None:
        """End all streams, as a server does at shutdown."""
        with self._changed:
            for queue in self._listeners:
                queue.put(None)
            self._listeners.clear()

    def _send(self, event: bytes) -> None:
        with self._changed:
            for queue in self._listeners:
                queue.put(event)

    def await_listener(self) -> None:
        """Wait until a page is connected."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._listeners, timeout=15)

    def close(self) -> None:
        self.hang_up()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # For the page

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.partition("?")[0]
        inside = path.removeprefix(self._folder)
        if not path.startswith(self._folder):
            request.send_error(HTTPStatus.NOT_FOUND)
        elif inside == "qr.svg":
            self._give(request, _CODE, "image/svg+xml")
        elif inside in self.files:
            kind, content = self.files[inside]
            self._give(request, content, kind)
        elif inside == "events":
            self._stream(request)
        elif inside == "api/boards":
            boards = [{"name": "fundraiser", "title": "Live fundraiser"}]
            self._give(request, json.dumps({"boards": boards}).encode(), "application/json")
        elif inside == "api/boards/fundraiser/panels":
            told = {"panels": list(self.panels.values())}
            self._give(request, json.dumps(told).encode(), "application/json")
        elif inside == "api/boards/fundraiser":
            snapshot = self._heard[0].decode().partition("data: ")[2].strip().encode()
            self._give(request, snapshot, "application/json")
        else:
            file = ROOT / "static" / _PAGES.get(inside, inside.removeprefix("static/"))
            if file.is_file():
                self._give(request, file.read_bytes(), _TYPES[file.suffix[1:]])
            else:
                request.send_error(HTTPStatus.NOT_FOUND)

    def _give(self, request: BaseHTTPRequestHandler, body: bytes, kind: str) -> None:
        request.send_response(HTTPStatus.OK)
        request.send_header("content-type", kind)
        request.send_header("content-length", str(len(body)))
        request.send_header("content-security-policy", "script-src 'self'; style-src 'self'")
        request.end_headers()
        request.wfile.write(body)

    def _stream(self, request: BaseHTTPRequestHandler) -> None:
        queue: SimpleQueue[bytes | None] = SimpleQueue()
        request.send_response(HTTPStatus.OK)
        request.send_header("content-type", "text/event-stream")
        request.end_headers()
        with self._changed:
            for event in (*self._heard, *map(_encode_panel, self.panels.values())):
                queue.put(event)
            self._listeners.append(queue)
            self._changed.notify_all()
        try:
            while (said := queue.get()) is not None:
                request.wfile.write(said)
        except OSError:
            pass  # the page has left
