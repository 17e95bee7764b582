"""Streams are shared among addresses: nobody gets all, and a newcomer gets one."""

import pytest

from webapp.addresses import name_holder
from webapp.limits import Limits


def test_one_address_gets_its_share_and_no_more() -> None:
    limits = Limits(100, 2)
    for _ in range(2):
        assert limits.refuse("a") is None
        limits.open("a")
    assert "a has 2 open event streams" in str(limits.refuse("a"))
    assert limits.refuse("b") is None
    limits.close("a")
    assert limits.refuse("a") is None


def test_the_last_streams_are_for_addresses_that_have_none() -> None:
    limits = Limits(100, 100)
    for _ in range(98):
        limits.open("a")
    assert limits.refuse("a") is not None
    for newcomer in ("b", "c"):
        assert limits.refuse(newcomer) is None
        limits.open(newcomer)
    assert limits.refuse("d") is not None


def test_a_client_without_an_address_is_limited_by_the_whole_alone() -> None:
    limits = Limits(10, 1)
    for _ in range(10):
        assert limits.refuse("") is None
        limits.open("")
    assert limits.refuse("") is not None


@pytest.mark.parametrize(
    ("address", "holder"),
    [
        ("9.9.9.9", "9.9.9.9"),
        ("::ffff:9.9.9.9", "9.9.9.9"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:DB8:0:0:ffff::", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("09.9.9.9", None),
        ("<script>", None),
        ("9.9.9.9/8", None),
        ("", None),
    ],
)
def test_all_spellings_of_a_holder_are_one(address: str, holder: str | None) -> None:
    assert name_holder(address) == holder
