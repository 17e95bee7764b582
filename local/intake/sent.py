"""A request to send."""

from typing import NamedTuple


class Sent(NamedTuple):
    """Headers and body of a request, which is signed."""

    headers: dict[str, str]
    body: bytes
