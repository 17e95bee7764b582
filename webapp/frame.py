"""A frame: the events of one tick, encoded once, ready for a connection."""

import json
from typing import Any

from sse_starlette import ServerSentEvent


class Frame:
    """Bytes of complete events, and the same bytes as a chunk of HTTP/1.1's chunked encoding.

    All clients of a board share one frame.
    """

    __slots__ = ("chunk", "events")

    def __init__(self, events: bytes) -> None:
        self.events = events
        self.chunk = b"%x\r\n%b\r\n" % (len(events), events)


def encode_json(data: dict[str, Any]) -> str:
    """Return data as compact JSON."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def encode_event(event: str, text: str, id_: str | None = None) -> bytes:
    """Return an event with JSON text as its data."""
    return ServerSentEvent(text, event=event, id=id_, sep="\n").encode()


def encode_retry(milliseconds: int) -> bytes:
    """Return the line that tells a client how long to wait before it connects again.

    It must come before an event: a client may ignore a block that has nothing else.
    """
    return b"retry: %d\n" % milliseconds
