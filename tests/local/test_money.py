import pytest

from aggregates.board import Measure
from aggregates.units import currency, format_amount
from local.errors import LocalError
from local.money import parse_amount

DOLLARS = Measure("amount", "amount", currency("USD"))
YEN = Measure("amount", "amount", currency("JPY"))


@pytest.mark.parametrize(
    ("text", "minor"),
    [("25", 2500), ("12.50", 1250), ("0.01", 1), ("1e2", 10000), ("25." + "0" * 50, 2500)],
)
def test_an_amount_is_read_in_minor_units(text: str, minor: int) -> None:
    assert parse_amount(text, DOLLARS) == minor


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ten", 'AMOUNT is "ten"; write a number'),
        ("", 'AMOUNT is ""'),
        ("nan", "write a number"),
        ("1_0", "write a number"),
        ("1.001", "USD has 2 decimals"),
        ("0", "above 0"),
        ("-5", "above 0"),
        ("1e30", "at most"),
        ("1e999999", "at most|write a number"),
        ("0." + "0" * 60 + "1", "USD has 2 decimals"),
        ("1" * 50, "write a number"),
    ],
)
def test_a_wrong_amount_says_what_to_write(text: str, said: str) -> None:
    with pytest.raises(LocalError, match=said):
        parse_amount(text, DOLLARS)


def test_yen_have_no_decimals() -> None:
    assert parse_amount("500", YEN) == 500
    with pytest.raises(LocalError, match="JPY has 0 decimals"):
        parse_amount("1.5", YEN)


def test_an_amount_is_written_exactly() -> None:
    assert format_amount(222_279_052, currency("USD")) == "2,222,790.52"
    assert format_amount(9_007_199_254_740_993, currency("USD")) == "90,071,992,547,409.93"
    assert format_amount(1500, currency("JPY")) == "1,500"
