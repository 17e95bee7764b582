"""A frame: what one tick tells, encoded once, in the forms in which it goes to a connection."""

import json
from typing import Any

from sse_starlette import ServerSentEvent


class Frame:
    """Bytes of whole events, and the same as a chunk of HTTP/1.1's chunked encoding.

    All clients of a board share one.
    """

    __slots__ = ("chunk", "events")

    def __init__(self, events: bytes) -> None:
        self.events = events
        self.chunk = b"%x\r\n%b\r\n" % (len(events), events)


def encode_json(data: dict[str, Any]) -> str:
    """Return data as JSON, as short as it goes."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def encode_event(event: str, text: str, id_: str | None = None) -> bytes:
    """Return an event with JSON text as its data."""
    return ServerSentEvent(text, event=event, id=id_, sep="\n").encode()


def encode_retry(milliseconds: int) -> bytes:
    """Return the line that tells a client how long to wait before it connects again.

    It belongs to the event behind it: a client may pass over a block that has nothing else.
    """
    return b"retry: %d\n" % milliseconds
