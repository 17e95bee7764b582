"""A TCP proxy in front of a Redis: it can cut connections, also inside a reply, and redirect."""

import contextlib
import socket
import threading

_CHUNK = 65536


class Proxy:
    """Listens on 127.0.0.1 and forwards bytes to the port `target`; close it at the end."""

    def __init__(self, target: int) -> None:
        self.target = target
        # While it is set, new connections are closed at once.
        self.refuses = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        # The number of reply bytes that may still pass before all connections are cut.
        self._reply_bytes_left: int | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def lead_to(self, target: int) -> None:
        """Cut all connections; new ones go to another port."""
        self.target = target
        self.cut()

    def cut(self) -> None:
        """Cut all connections."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            _shut(*pair)

    def cut_reply_after(self, count: int | None) -> None:
        """Cut all connections after this many more reply bytes; None: never."""
        self._reply_bytes_left = count

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self.refuses:
                    raise ConnectionRefusedError
                server = socket.create_connection(("127.0.0.1", self.target), timeout=2)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._pairs.append((client, server))
            for source, sink, is_reply in ((client, server, False), (server, client, True)):
                arguments = (source, sink, is_reply)
                threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, is_reply: bool) -> None:
        try:
            while data := source.recv(_CHUNK):
                left = self._reply_bytes_left
                if is_reply and left is not None:
                    if len(data) >= left:
                        self._reply_bytes_left = None
                        sink.sendall(data[:left])
                        self.cut()
                        return
                    self._reply_bytes_left = left - len(data)
                sink.sendall(data)
        except OSError:
            pass
        finally:
            _shut(source, sink)


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
