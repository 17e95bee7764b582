import pytest

from aggregates.units import CURRENCY_EXPONENTS, PLAIN, Unit, currency


@pytest.mark.parametrize(
    ("code", "exponent"), [("USD", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("HUF", 2)]
)
def test_a_currency_has_the_decimals_of_iso_4217(code: str, exponent: int) -> None:
    assert currency(code) == Unit(code, exponent)


@pytest.mark.parametrize("code", ["usd", "US", "HRK", "XAU", ""])
def test_a_code_that_is_not_in_use_is_no_currency(code: str) -> None:
    with pytest.raises(KeyError):
        currency(code)


def test_every_code_is_three_capital_letters() -> None:
    assert len(CURRENCY_EXPONENTS) > 150
    assert [
        c for c in CURRENCY_EXPONENTS if not (len(c) == 3 and c.isupper() and c.isascii())
    ] == []


def test_a_plain_number_has_no_name_and_no_decimals() -> None:
    assert Unit(name="", exponent=0) == PLAIN
