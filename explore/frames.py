"""Frames between the service and the engine: four bytes of length, then JSON."""

import json
import struct
from typing import Any

HEAD = struct.Struct(">I")
# A page of a scan or a batch of the stream has at most a few megabytes; an answer 10.
MOST_BYTES = 256 * 2**20


class FrameError(Exception):
    """The other side does not speak as it should."""


def encode_frame(message: dict[str, Any]) -> bytes:
    """Return a message as a frame."""
    body = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode()
    return HEAD.pack(len(body)) + body


def read_length(head: bytes) -> int:
    """Return how many bytes follow; raise `FrameError`."""
    [length] = HEAD.unpack(head)
    if length > MOST_BYTES:
        raise FrameError(f"a frame of {length:,} bytes is longer than {MOST_BYTES:,}")
    return int(length)


def decode_body(body: bytes) -> dict[str, Any]:
    """Return a frame's message; raise `FrameError`."""
    try:
        message = json.loads(body)
    except ValueError as error:
        raise FrameError(f"a frame is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise FrameError("a frame is not a JSON object")
    return message
