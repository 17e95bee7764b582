"""Both ends of a real connection."""

import asyncio
import socket

from webapp.client import SocketClient


class Near(asyncio.Protocol):
    """The server's end, which tells its client when everything is sent."""

    client: SocketClient
    is_lost = False

    def connection_lost(self, _: Exception | None) -> None:
        self.is_lost = True

    def resume_writing(self) -> None:
        self.client.on_drained()

    def eof_received(self) -> bool:
        self.client.on_eof()
        return True


class Connection:
    """The client that writes, and the socket that reads."""

    def __init__(self, transport: asyncio.Transport, far: socket.socket) -> None:
        self.client = SocketClient(transport)
        self.transport = transport
        self.far = far

    async def read(self, count: int) -> bytes:
        loop = asyncio.get_running_loop()
        data = b""
        while len(data) < count and (more := await loop.sock_recv(self.far, count - len(data))):
            data += more
        return data
