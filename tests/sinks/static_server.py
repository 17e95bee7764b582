"""A plain web server of a folder's files, with ETags, that notes what it was asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """A request and the status of its answer."""

    path: str
    known_tag: str
    status: int


class StaticServer:
    """Serves a folder on 127.0.0.1, always on the same port after the first start."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[Asked] = []
        self._folder, self._port = folder, 0
        self._server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        handler = partial(_Handler, self.asked, directory=str(self._folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, asked: list[Asked], *arguments: Any, **options: Any) -> None:
        self._asked = asked
        self._tag = ""
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        self._tag = ""
        if path.is_file():
            self._tag = f'"{sha256(path.read_bytes()).hexdigest()[:16]}"'
            if self.headers.get("if-none-match") == self._tag:
                self.send_response(304)
                self.end_headers()
                return
        super().do_GET()

    def end_headers(self) -> None:
        if self._tag:
            self.send_header("ETag", self._tag)
        super().end_headers()

    def log_request(self, code: Any = "-", size: Any = "-") -> None:  # noqa: ARG002
        tag = self.headers.get("if-none-match", "")
        self._asked.append(Asked(self.path.partition("?")[0], tag, int(code)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: the test says what went wrong."""


@contextmanager
def serve_folder(folder: Path) -> Iterator[StaticServer]:
    """Serve a folder until the end of the block."""
    server = StaticServer(folder)
    try:
        yield server
    finally:
        server.stop()
