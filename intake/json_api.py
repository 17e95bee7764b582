"""Asks a provider's HTTP API for JSON. Whatever is not a good answer is `Unreachable`."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from intake.errors import Unreachable, Unreadable
from intake.payload import load_payload

MAX_ANSWER_BYTES = 16 * 1024 * 1024
_PART_BYTES = 64 * 1024
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 20.0
# A whole answer, however slowly its parts come.
_ANSWER_SECONDS = 60.0
_WHY = {
    401: "does not accept the key",
    403: "does not allow this with the key",
    404: "does not know what was asked for",
    429: "asks to be asked less often",
}


class JsonApi:
    """The API at an address. It follows no redirect, which could carry a key elsewhere."""

    def __init__(self, address: str, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self._address, self._answer_seconds = address.rstrip("/"), answer_seconds
        self._host = urlsplit(address).netloc
        timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=min(_READ_SECONDS, answer_seconds))
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)

    def get(
        self, path: str, query: Sequence[tuple[str, str]], headers: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """Return the JSON object at a path."""
        return self._ask("GET", path, fields=list(query), headers=dict(headers))

    def post(self, path: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a JSON object; return the one that is answered."""
        return self._ask("POST", path, json=dict(payload))

    def _ask(self, method: str, path: str, **what: Any) -> Mapping[str, Any]:
        try:
            answer = self._pool.request(
                method, self._address + path, redirect=False, preload_content=False, **what
            )
            try:
                body = self._read(answer)
            finally:
                # What is left of a long answer is not read only to use the connection again.
                answer.close()
        except HTTPError as error:
            raise Unreachable(f"{self._host} did not answer: {type(error).__name__}") from None
        if answer.status != 200:
            why = _WHY.get(answer.status, "had an error")
            raise Unreachable(f"{self._host} {why} (HTTP {answer.status})")
        try:
            return load_payload(body)
        except Unreadable as error:
            raise Unreachable(f"{self._host} answered rubbish: {error}") from None

    def _read(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        end = time.monotonic() + self._answer_seconds
        parts, size = [], 0
        for part in answer.stream(_PART_BYTES):
            size += len(part)
            if size > MAX_ANSWER_BYTES or time.monotonic() > end:
                raise Unreachable(f"{self._host} answered too much, or too slowly")
            parts.append(part)
        return b"".join(parts)
