"""The rules for a request's head, apart from the server that applies them."""

from collections.abc import Iterable

# Request line and headers: a longer head is refused with 431, a slower one with 408.
MAX_HEAD_BYTES = 16 * 1024
MAX_HEAD_SECONDS = 20.0
# The time for a body, such as a form or a file, from the end of its head.
MAX_BODY_SECONDS = 30.0
# How many requests may wait while one is being answered. Browsers do not pipeline.
MAX_PIPELINED = 8

Headers = Iterable[tuple[bytes, bytes]]


def find_fault(headers: Headers, http_version: str) -> str | None:
    """Return why a head is refused with 400; None if it is not.

    `Host` is required once (RFC 9112, 3.2); HTTP/1.0 may omit it. Header names are in lower case.
    """
    hosts = sum(name == b"host" for name, _ in headers)
    if hosts > 1:
        return "the request has more than one Host header"
    if hosts == 0 and http_version == "1.1":
        return "the request has no Host header"
    return None


def announces_body(headers: Headers) -> bool:
    """Return whether a body follows the head."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b" 0"))
        for name, value in headers
    )
