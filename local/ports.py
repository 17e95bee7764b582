"""TCP ports on 127.0.0.1."""

import socket

from local.errors import LocalError

HOST = "127.0.0.1"


def find_free_port() -> int:
    """Return a port that was free a moment ago; use it at once."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
    return port


def require_free_port(port: int) -> None:
    """Raise `LocalError`, which says what to do, when nobody else can listen on `port`."""
    with socket.socket() as listener:
        # As uvicorn does: a port whose connections are merely closing is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except PermissionError:
            raise LocalError(
                f"port {port} needs an administrator's rights; use another: PORT=8001 make run"
            ) from None
        except OSError:
            other = port + 1 if port < 65_535 else port - 1
            raise LocalError(
                f"port {port} is taken by another program; stop that one, or use another port:"
                f" PORT={other} make run"
            ) from None
