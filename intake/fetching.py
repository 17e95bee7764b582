"""Asks providers over HTTPS: every answer is small and comes in time, or is `Unreachable`."""

import json
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import urllib3

from intake.errors import Unreachable

MAX_ANSWER_BYTES = 8 * 1024 * 1024
_CONNECT_SECONDS = 5.0
# Between two parts of an answer, and for all of it.
_READ_SECONDS = 15.0
_TOTAL_SECONDS = 60.0
_PART_BYTES = 64 * 1024
# A provider that wants to be left alone for longer is asked after this time nevertheless.
MAX_RETRY_SECONDS = 3600.0

Query = Mapping[str, str] | Iterable[tuple[str, str]]


class Fetched(NamedTuple):
    """An answer. `is_unchanged` is whether it is still the one that had the ETag we know (304).

    `headers` have small names.
    """

    body: bytes
    headers: Mapping[str, str]
    is_unchanged: bool = False

    @property
    def etag(self) -> str:
        return self.headers.get("etag", "")


class Fetcher:
    """The client of one provider; `name` is what it is called in errors. Threads may share it."""

    def __init__(
        self,
        name: str,
        *,
        max_bytes: int = MAX_ANSWER_BYTES,
        read_seconds: float = _READ_SECONDS,
        total_seconds: float = _TOTAL_SECONDS,
    ) -> None:
        self._name, self._max_bytes, self._total_seconds = name, max_bytes, total_seconds
        timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=read_seconds)
        self._pool = urllib3.PoolManager(retries=False, timeout=timeout)

    def get(
        self,
        url: str,
        query: Query = (),
        headers: Mapping[str, str] | None = None,
        etag: str = "",
    ) -> Fetched:
        """Return the answer to a GET, `is_unchanged` where it still has the ETag.

        Raises `Unreachable`.
        """
        text = urlencode(query if isinstance(query, Mapping) else list(query))
        address = f"{url}{'&' if '?' in url else '?'}{text}" if text else url
        asked = {**(headers or {}), **({"if-none-match": etag} if etag else {})}
        return self._ask("GET", address, asked)

    def post_form(
        self, url: str, fields: Query, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Return the answer to a form; raise `Unreachable`."""
        text = urlencode(fields if isinstance(fields, Mapping) else list(fields))
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self._ask("POST", url, {**(headers or {}), **kind}, text.encode())

    def load(self, fetched: Fetched) -> Any:
        """Return an answer's JSON, its numbers exact; raise `Unreachable`."""
        try:
            return json.loads(fetched.body, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise Unreachable(
                f"{self._name} answered with something that is no JSON; it may be under repair"
            ) from None

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Fetched:
        require_safe(url)
        deadline = time.monotonic() + self._total_seconds
        sent = {"accept": "application/json", "user-agent": "Tallyboard", **headers}
        try:
            answer = self._pool.request(
                method, url, headers=sent, body=body, redirect=False, preload_content=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(self._explain(error)) from None
        try:
            found = {name.lower(): value for name, value in answer.headers.items()}
            if answer.status == 304:
                answer.drain_conn()
                return Fetched(b"", found, is_unchanged=True)
            self._require_success(answer.status, found)
            content = self._read(answer, deadline)
        except urllib3.exceptions.HTTPError as error:
            answer.close()
            raise Unreachable(self._explain(error)) from None
        except Unreachable:
            # What is left of the answer is not waited for, so the connection cannot be used again.
            answer.close()
            raise
        answer.release_conn()
        return Fetched(content, found)

    def _read(self, answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        parts, size = [], 0
        while part := answer.read1(_PART_BYTES):
            size += len(part)
            if size > self._max_bytes:
                raise Unreachable(
                    f"{self._name} sent more than {self._max_bytes // 1024:,} KB at once"
                )
            if time.monotonic() > deadline:
                raise Unreachable(f"{self._name} sent its answer too slowly")
            parts.append(part)
        return b"".join(parts)

    def _require_success(self, status: int, headers: Mapping[str, str]) -> None:
        if 200 <= status < 300:
            return
        pause = read_retry_after(headers.get("retry-after", ""), datetime.now(UTC))
        raise Unreachable(f"{self._name} {_explain_status(status)} (status {status})", pause)

    def _explain(self, error: urllib3.exceptions.HTTPError) -> str:
        """Return what happened, without the address: it may have an account's number."""
        is_refused = isinstance(error, urllib3.exceptions.NewConnectionError)
        if isinstance(error, urllib3.exceptions.TimeoutError) and not is_refused:
            return f"{self._name} did not answer in time"
        if isinstance(error, urllib3.exceptions.SSLError):
            return f"{self._name} has no valid certificate; is the address right?"
        return f"{self._name} cannot be reached; is this machine online, and the address right?"


def require_safe(url: str) -> None:
    """Raise `Unreachable` for an address that is not HTTPS; 127.0.0.1 may be HTTP."""
    try:
        parts = urlsplit(url)
        here = "127.0.0.1" if parts.port is None else f"127.0.0.1:{parts.port}"
        is_secure = parts.scheme == "https" or (parts.scheme == "http" and parts.netloc == here)
        is_safe = is_secure and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        is_safe = False
    if not is_safe:
        raise Unreachable("the address is not one that begins with https://")


def read_retry_after(text: str, now: datetime) -> float:
    """Return how many seconds to wait, at most an hour; 0 where nothing readable is said."""
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return 0.0
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_SECONDS)


def _explain_status(status: int) -> str:
    if status in (401, 403):
        return "refuses us; is the key or the account right?"
    if status == 404:
        return "knows nothing under this address; is the id right?"
    if status == 429:
        return "wants to be asked less often"
    if status < 400:
        return "points to another address; write that one into the file of sources"
    return "has trouble" if status >= 500 else "did not understand the question"
