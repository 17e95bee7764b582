"""Answers ClickHouse's HTTP interface with chDB, ClickHouse's own engine as a library.

    python -m tests.sinks.clickhouse.chdb_server FOLDER

It prints its port. chDB has no users: this asks for one user and one password itself, and answers
as a server does. It ends when its standard input does.
"""

import re
import sys
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from chdb.session import Session

from tests.sinks.clickhouse.access import PASSWORD, USER

_WRONG = (
    "Code: 516. DB::Exception: {}: Authentication failed: password is incorrect, or there is no"
    " user with such name. (AUTHENTICATION_FAILED) (version 26.9.1.1)"
)
# What ClickHouse's server answers for its own numbers of errors: HTTPHandler.cpp.
_STATUSES = {516: 403, 497: 403, 60: 404, 81: 404, 62: 400, 27: 400, 117: 400}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    session: Session
    # A session is for one thread.
    lock = threading.Lock()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        user = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("authorization") != f"Basic {user}":
            self._answer(403, _WRONG.format(USER))
            return
        settings = dict(parse_qsl(urlsplit(self.path).query))
        sql = "\n".join(filter(None, (settings.pop("query", ""), body)))
        # That is one of HTTP, and here all answers are whole.
        settings.pop("wait_end_of_query", "")
        try:
            with self.lock:
                if settings:
                    pairs = ", ".join(f"{name} = {value}" for name, value in settings.items())
                    self.session.query(f"SET {pairs}")
                answer = self.session.query(sql).bytes().decode()
        except Exception as error:
            found = re.search(r"Code: (\d+)", str(error))
            self._answer(_STATUSES.get(int(found[1]) if found else 0, 500), str(error))
        else:
            self._answer(200, answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("X-ClickHouse-Query-Id", str(uuid4()))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    Handler.session = Session(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)  # noqa: T201
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
