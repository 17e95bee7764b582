import socket

import pytest

from local.errors import LocalError
from local.ports import ALL_ADDRESSES, HOST, find_free_port, reach, require_free_port


@pytest.mark.parametrize("host", [HOST, ALL_ADDRESSES])
def test_a_taken_port_says_what_to_do(host: str) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalError, match=rf"port {port} is in use .* PORT=\d+ make run"):
            require_free_port(host, port)


def test_a_port_that_a_browser_might_take_for_it_is_taken_too() -> None:
    """`localhost` may be the other protocol's address first."""
    with socket.socket(socket.AF_INET6) as other:
        try:
            other.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no ::1")
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalError, match=f"port {port} is in use"):
            require_free_port(HOST, port)


@pytest.mark.parametrize("host", [HOST, ALL_ADDRESSES])
def test_a_free_port_is_no_error(host: str) -> None:
    require_free_port(host, find_free_port())


@pytest.mark.parametrize("host", ["192.0.2.7", "no such name"])
def test_an_address_that_the_machine_does_not_have_is_named(host: str) -> None:
    with pytest.raises(LocalError, match=f"HOST is {host}, .* HOST=0.0.0.0"):
        require_free_port(host, find_free_port())


def test_what_listens_everywhere_is_reached_here() -> None:
    assert reach(ALL_ADDRESSES) == HOST
    assert reach("192.0.2.7") == "192.0.2.7"
