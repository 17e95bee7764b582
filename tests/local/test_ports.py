import socket

import pytest

from local.errors import LocalError
from local.ports import HOST, find_free_port, require_free_port


def test_a_taken_port_says_what_to_do() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalError, match=rf"port {port} is taken .* PORT=\d+ make run"):
            require_free_port(port)


def test_a_free_port_is_no_error() -> None:
    require_free_port(find_free_port())
