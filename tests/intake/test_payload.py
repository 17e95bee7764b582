"""Amounts are what they say, in the usual digits, or unreadable; no number is an error."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.errors import Unreadable
from intake.payload import load_payload, read_minor


@pytest.mark.parametrize(
    ("text", "code", "minor"),
    [
        ('"82.95"', "USD", 8295),
        ('"5"', "USD", 500),
        ('"5.000"', "USD", 500),
        ("10.0", "USD", 1000),
        ("0.07", "USD", 7),
        ("1e3", "USD", 100_000),
        ("1.5E2", "JPY", 150),
        ('"1.234"', "KWD", 1234),
        ("0", "USD", 0),
    ],
)
def test_an_amount_is_exact(text: str, code: str, minor: int) -> None:
    assert read_minor(load_payload(f'{{"a": {text}}}'.encode()), "a", code) == minor


@pytest.mark.parametrize(
    "text",
    [
        # What Decimal would take.
        *('"２５"', '"٢٥"', '"1_000"', '" 5"', '"5\\n"', '"+5"', '"5."', '".5"', '"1e3"'),
        # A fraction that computing with 28 digits would round away.
        *('"5.0000000000000000000000000001"', "5.0000000000000000000000000001"),
        *("1e999999", "-1e999999", "1e-999999", "1E+9999999999999", '"1e-999999999"'),
        *("1e17", "9" * 4000, "-1", '"-5"', "NaN", "-Infinity", '"Infinity"', '"sNaN"', "true"),
        *('"1,50"', '"1.50 USD"', '"0x10"', '""', "null", "[5]", '{"value": 5}'),
    ],
)
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(Unreadable):
        read_minor(load_payload(f'{{"a": {text}}}'.encode()), "a", "USD")


NUMBER = st.from_regex(r"\A-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,12})?\Z")


@given(text=NUMBER, code=st.sampled_from(["USD", "JPY", "KWD"]))
def test_a_number_is_read_exactly_or_refused(text: str, code: str) -> None:
    payload = json.loads(f'{{"a": {text}}}', parse_float=Decimal)
    try:
        minor = read_minor(payload, "a", code)
    except Unreadable:
        return
    exponent = {"USD": 2, "JPY": 0, "KWD": 3}[code]
    # Without computing, since that rounds.
    assert Decimal(f"{minor}e-{exponent}") == Decimal(text)


@pytest.mark.parametrize("inner", ['"a": 1, "a": 2', '"b": [{"c": 1, "c": 1}]'])
def test_what_is_said_twice_is_not_read(inner: str) -> None:
    with pytest.raises(Unreadable, match="is there twice"):
        load_payload(f"{{{inner}}}".encode())


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 50_000, b"[1]", b"\xff\xfe", b""])
def test_rubbish_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        load_payload(body)


def test_a_value_of_any_depth_is_described_shortly() -> None:
    value: Any = load_payload(b'{"a":' + b"[" * 300 + b"]" * 300 + b"}")
    with pytest.raises(Unreadable) as error:
        read_minor(value, "a", "USD")
    assert len(str(error.value)) < 120
