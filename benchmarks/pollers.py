"""Viewers who poll a published page, as the display does: `python -m benchmarks.pollers`.

Its arguments are a port on 127.0.0.1, how many, and the window that is counted, in nanoseconds of
CLOCK_MONOTONIC. Each viewer keeps its connection, accepts gzip and sends the ETag that it knows. At
the end of the window one line of JSON is printed: the fields of `Polled`.
"""

import asyncio
import json
import random
import re
import sys
import time
from dataclasses import asdict, dataclass

# static/polling.js
_LOW_SECONDS, _HIGH_SECONDS = 1.5, 2.5
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: chunked", re.IGNORECASE)
_TAG = re.compile(rb"\r\netag: ([^\r]+)", re.IGNORECASE)


@dataclass
class Polled:
    """What was asked and got in the window; bytes include the heads of answers."""

    requests: int = 0
    unchanged: int = 0
    failed: int = 0
    data_bytes: int = 0


class Pollers:
    """Polls until the end of the window."""

    def __init__(self, port: int, from_ns: int, to_ns: int) -> None:
        self.polled = Polled()
        self._port, self._from_ns, self._to_ns = port, from_ns, to_ns

    async def run(self, viewers: int) -> None:
        """Poll as so many viewers."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(viewers):
                tasks.create_task(self._poll())

    async def _poll(self) -> None:
        await asyncio.sleep(_HIGH_SECONDS * random.random())
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        tag = b""
        while time.monotonic_ns() < self._to_ns:
            known = b"If-None-Match: " + tag + b"\r\n" if tag else b""
            writer.write(
                b"GET /board.json HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n"
                + known
                + b"\r\n"
            )
            head, length = await _read_answer(reader)
            if (found := _TAG.search(head)) is not None:
                tag = found[1]
            if self._from_ns <= time.monotonic_ns() < self._to_ns:
                status = head[9:12]
                self.polled.requests += 1
                self.polled.unchanged += status == b"304"
                self.polled.failed += status not in (b"200", b"304")
                self.polled.data_bytes += len(head) + length
            await asyncio.sleep(random.uniform(_LOW_SECONDS, _HIGH_SECONDS))
        writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> tuple[bytes, int]:
    """Return the head of an answer, and how many bytes came after it."""
    head = await reader.readuntil(b"\r\n\r\n")
    if _CHUNKED.search(head):
        body = await reader.readuntil(b"\r\n0\r\n\r\n")
        return head, len(body)
    found = _LENGTH.search(head)
    length = 0 if found is None or head[9:12] == b"304" else int(found[1])
    await reader.readexactly(length)
    return head, length


def main() -> None:
    port, viewers, from_ns, to_ns = map(int, sys.argv[1:])
    pollers = Pollers(port, from_ns, to_ns)
    asyncio.run(pollers.run(viewers))
    print(json.dumps(asdict(pollers.polled)))


if __name__ == "__main__":
    main()
