"""Speaks with a ClickHouse server over HTTP, as one user."""

import http.client
import json
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from sinks.call_time import REQUEST_SECONDS, CallTime
from sinks.clickhouse.errors import ClickHouseError, explain_refusal
from sinks.kinds.clickhouse import ClickHouse

_CONNECT_SECONDS = 1.0
# Together with the time to note a failure, it is less than the 20 s of the sinks' function.
_ANSWER_SECONDS = 7.0
# A command for people may wait longer.
PATIENCE_SECONDS = 60.0
# An error comes with its status, not in the middle of an answer.
_WHOLE = {"wait_end_of_query": "1"}
# A block is acknowledged once it is written, whatever the user's profile says; the server joins
# small ones of several calls.
_SAFE = {"async_insert": "1", "wait_for_async_insert": "1", **_WHOLE}
# Of an error.
_MOST_BYTES = 100_000
# Each answer of ClickHouse has headers that begin so.
_SIGN = "x-clickhouse-"

Row = list[Any]


class Server:
    """The server of a sink. The password is in `environment`.

    With `call_time`, no request begins that might not end in time. All functions raise
    `ClickHouseError`.
    """

    def __init__(
        self,
        sink: ClickHouse,
        environment: Mapping[str, str],
        call_time: CallTime | None = None,
        *,
        answer_seconds: float = _ANSWER_SECONDS,
    ) -> None:
        self._sink, self._answer_seconds = sink, answer_seconds
        self._call_time = call_time or CallTime()
        self._password = environment.get(sink.password) if sink.password else ""

    def run(self, sql: str, data: bytes = b"") -> str:
        """Run one statement, and return its answer; `data` are an INSERT's rows."""
        with self._request(sql, data, _SAFE) as response:
            return response.read().decode("utf-8", "replace")

    def ask(self, sql: str) -> list[Row]:
        """Return the rows of a SELECT."""
        return [*self.read(sql, _WHOLE)]

    def read(self, sql: str, settings: Mapping[str, str] | None = None) -> Iterator[Row]:
        """Yield the rows of a SELECT while they come."""
        with self._request(f"{sql}\nFORMAT JSONCompactEachRow", b"", settings or {}) as response:
            for line in response:
                try:
                    yield json.loads(line)
                except ValueError:
                    # An error in the middle of an answer is text.
                    text = (line + response.read(_MOST_BYTES)).decode("utf-8", "replace")
                    raise explain_refusal(self._sink, response.status, text) from None

    @contextmanager
    def _request(
        self, sql: str, data: bytes, settings: Mapping[str, str]
    ) -> Iterator[http.client.HTTPResponse]:
        sink, host = self._sink, urlsplit(self._sink.url).hostname
        headers = {"authorization": f"Basic {self._encode_user()}"}
        # With data, the statement is in the address; else it is the body, which may be longer.
        parameters = {**settings, **({"query": sql} if data else {})}
        left_seconds = self._call_time.left_seconds
        if left_seconds < _CONNECT_SECONDS + self._answer_seconds + REQUEST_SECONDS:
            raise ClickHouseError(
                f"there was no time: the function's call had only {left_seconds:.1f} s left"
            )
        connection = self._connect()
        try:
            deadline_s = time.monotonic() + _CONNECT_SECONDS + self._answer_seconds
            connection.connect()
            _limit(connection, deadline_s)
            body = data or sql.encode()
            connection.request("POST", f"/?{urlencode(parameters)}", body, headers)
            _limit(connection, deadline_s)
            response = connection.getresponse()
            if response.status != 200:
                text = response.read(_MOST_BYTES).decode("utf-8", "replace")
                raise explain_refusal(sink, response.status, text)
            if not any(name.lower().startswith(_SIGN) for name in response.headers):
                raise ClickHouseError(
                    f"what answers at {sink.url} is not ClickHouse's HTTP interface: correct `url`"
                )
            yield response
        except socket.gaierror as error:
            raise ClickHouseError(f"there is no host {host}: correct `url` ({error})") from error
        except ssl.SSLError as error:
            raise ClickHouseError(
                f"{sink.url} cannot be trusted, or does not speak TLS: correct `url` or the"
                f" server's certificate ({error})"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise ClickHouseError(
                f"ClickHouse does not answer at {sink.url}: {type(error).__name__}: {error}; start"
                " it, let this machine reach it, or correct `url`"
            ) from error
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._sink.url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=_CONNECT_SECONDS)

    def _encode_user(self) -> str:
        if self._password is None:
            raise ClickHouseError(
                f"the environment variable {self._sink.password} is not set: set it to the"
                f" password of ClickHouse's user {self._sink.user}"
            )
        return b64encode(f"{self._sink.user}:{self._password}".encode()).decode()


def quote_text(text: str) -> str:
    """Return a text as a literal of ClickHouse's SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quote_name(name: str) -> str:
    """Return a name as ClickHouse's SQL has it."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _limit(connection: http.client.HTTPConnection, deadline_s: float) -> None:
    """Let what the connection does next end before the deadline."""
    if connection.sock is not None:
        connection.sock.settimeout(max(0.1, deadline_s - time.monotonic()))
