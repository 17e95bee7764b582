"""What a request's head may be: the rules, apart from the server that applies them."""

from collections.abc import Iterable

# A longer request line with its headers is refused with 431, a slower one with 408.
MAX_HEAD_BYTES = 16 * 1024
MAX_HEAD_SECONDS = 20.0
# The display sends no bodies; a form or a file has so long from the end of its head.
MAX_BODY_SECONDS = 30.0
# Requests that may wait behind the one that is being answered. Browsers send none ahead.
MAX_PIPELINED = 8

Headers = Iterable[tuple[bytes, bytes]]


def find_fault(headers: Headers, http_version: str) -> str | None:
    """Return why a head is refused with 400, None where it is not.

    `Host` is required once (RFC 9112, 3.2); HTTP/1.0 may leave it out. Header names are in lower
    case.
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
