"""Speaks with the service that keeps the rows of SQL sinks, over HTTP."""

import http.client
import json
import socket
from typing import Any, Protocol
from urllib.parse import urlsplit

from donations.image_json import encode_bytes

# A call must end within the function's 20 s.
_CONNECT_SECONDS = 1.0
_ANSWER_SECONDS = 12.0

Told = dict[str, Any]


class SqlServiceError(Exception):
    """The service was not reached, or did not do what it was told."""


class SqlFeed(Protocol):
    """Who keeps the rows: the service over HTTP, or the service itself."""

    def ask(self, board: str, do: str, **details: Any) -> Told:
        """Have something done, and return what is told. Raises `SqlServiceError`."""
        ...


class SqlService:
    """The service at `address`: `http://host:port`, or `unix:` and the path of a socket.

    `key` is what it asks for; empty for none. Raises ValueError for another address.
    """

    def __init__(self, address: str, key: str = "", patience_seconds: float = _ANSWER_SECONDS):
        self._path = address.removeprefix("unix:") if address.startswith("unix:") else None
        parts = urlsplit(address)
        if self._path is None and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError(f"{address!r} is not http://host:port or unix:/path")
        self._parts, self._key, self._patience_seconds = parts, key, patience_seconds

    def ask(self, board: str, do: str, **details: Any) -> Told:
        """Have something done, and return what is told. Raises `SqlServiceError`."""
        body = json.dumps(details, default=encode_bytes)
        headers = {"content-type": "application/json"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        connection = self._connect()
        try:
            connection.connect()
            if connection.sock is not None:
                connection.sock.settimeout(self._patience_seconds)
            connection.request("POST", f"/feed/{board}/{do}", body, headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise SqlServiceError(
                f"the service explore does not answer: {type(error).__name__}: {error}"
            ) from error
        finally:
            connection.close()
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if response.status != 200 or not isinstance(told, dict):
            why = (
                told.get("error")
                if isinstance(told, dict)
                else text[:200].decode("utf-8", "replace")
            )
            raise SqlServiceError(f"the service explore answers {response.status}: {why}")
        return told

    def _connect(self) -> http.client.HTTPConnection:
        if self._path is not None:
            return _UnixConnection(self._path)
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else None
        host, port = self._parts.hostname or "", self._parts.port
        return (kind or http.client.HTTPConnection)(host, port, timeout=_CONNECT_SECONDS)


class _UnixConnection(http.client.HTTPConnection):
    """An HTTP connection over a socket in the file system."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_CONNECT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_CONNECT_SECONDS)
        self.sock.connect(self._path)
