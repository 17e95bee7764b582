"""The child process: reads messages from its socket, and has workers do them."""

import os
import queue
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from explore.engine.database import Database
from explore.engine.settings import limit_process
from explore.engine.tables import TableColumn
from explore.engine.worker import QueryWorker, Running, Writer
from explore.frames import HEAD, decode_body, encode_frame, read_length
from explore.limits import Limits

_STACK_BYTES = 4 * 2**20
Message = dict[str, Any]


class Child:
    """Serves one socket until the other side closes it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._queries: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._writes: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._running = Running()

    def run(self) -> None:
        """Open the files of the first message, tell so, and serve."""
        begin = self._receive()
        if begin is None:
            return
        limits = Limits(**begin["limits"])
        limit_process(limits)
        threading.stack_size(_STACK_BYTES)
        boards = begin["boards"]
        databases = {
            name: Database(
                Path(board["file"]),
                [TableColumn(kind="own", **column) for column in board["own"]],
                board["definition"],
                limits,
                len(boards),
            )
            for name, board in boards.items()
        }
        for number in range(limits.workers):
            worker = QueryWorker(
                number, databases, self._queries, self._running, self._send, limits
            )
            threading.Thread(target=worker.run, daemon=True).start()
        writer = Writer(databases, self._writes, self._send)
        threading.Thread(target=writer.run, daemon=True).start()
        self._send({"notes": {name: one.note for name, one in databases.items() if one.note}})
        while (message := self._receive()) is not None:
            if message["do"] == "query":
                self._queries.put(message)
            elif message["do"] == "interrupt":
                self._running.interrupt(message["query"])
            else:
                self._writes.put(message)

    def _receive(self) -> Message | None:
        """Return the next message; None at the end."""
        head = self._read(HEAD.size)
        body = None if head is None else self._read(read_length(head))
        return None if body is None else decode_body(body)

    def _read(self, size: int) -> bytes | None:
        parts = bytearray()
        while len(parts) < size:
            part = self._connection.recv(min(size - len(parts), 2**20))
            if not part:
                return None
            parts += part
        return bytes(parts)

    def _send(self, message: Message) -> None:
        frame = encode_frame(message)
        with self._sending:
            self._connection.sendall(frame)


def main(arguments: list[str]) -> int:
    """Serve the socket whose file descriptor is the last argument."""
    with socket.socket(fileno=int(arguments[-1])) as connection:
        Child(connection).run()
    # Workers may be in the middle of something: what is committed is in the file.
    sys.stdout.flush()
    os._exit(0)
