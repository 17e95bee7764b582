"""TCP ports on 127.0.0.1."""

import errno
import socket
from contextlib import suppress

from local.errors import LocalError

HOST = "127.0.0.1"
ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - only where a person has asked for it


def find_free_port() -> int:
    """Return a port that was free a moment ago; use it at once."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
    return port


def reach(host: str) -> str:
    """Return the address at which this machine reaches a server that listens on `host`."""
    return HOST if host == ALL_ADDRESSES else host


def find_lan_address() -> str | None:
    """Return this machine's address in the local network; None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: the system only picks the source address.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address


def require_free_port(host: str, port: int) -> None:
    """Raise `LocalError`, which says what to do, if `port` of `host` is not free."""
    try:
        _try_to_listen(socket.AF_INET, host, port)
        if host == HOST and socket.has_ipv6:
            # A browser may resolve `localhost` to IPv6 and show whatever listens there.
            with suppress(_NoSuchAddress):
                _try_to_listen(socket.AF_INET6, "::1", port)
    except PermissionError:
        raise LocalError(
            f"port {port} needs an administrator's rights; use another: PORT=8001 make run"
        ) from None
    except _NoSuchAddress as error:
        raise LocalError(
            f"HOST is {host}, which is not an address of this machine ({error}); write"
            " HOST=0.0.0.0 for all of its addresses, or leave it out for this machine alone"
        ) from None
    except OSError:
        other = port + 1 if port < 65_535 else port - 1
        raise LocalError(
            f"port {port} is in use by another program; stop that program, or use another port:"
            f" PORT={other} make run"
        ) from None


class _NoSuchAddress(Exception):
    """The machine does not have the address or the protocol."""


def _try_to_listen(family: socket.AddressFamily, host: str, port: int) -> None:
    try:
        with socket.socket(family) as listener:
            # uvicorn sets it too: a port is free if its old connections are only closing.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
    except (socket.gaierror, OverflowError) as error:
        raise _NoSuchAddress(str(error)) from error
    except OSError as error:
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise _NoSuchAddress(error.strerror) from error
        raise
