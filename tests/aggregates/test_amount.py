"""Amounts: currencies, rates, text, minor units, paths and bounds; only rates round."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregates.amount import amount_reader
from aggregates.board import MAX_VALUE_MINOR, Currency, Measure, Rate
from aggregates.contribution import Rejected
from aggregates.units import PLAIN, Unit, currency

USD = currency("USD")
MEASURE = Measure("amount", "amount", USD)
ONLY_USD = Currency("currency")
RATES = Currency(
    "currency",
    (
        Rate("EUR", Decimal("1.08")),
        Rate("JPY", Decimal("0.0067")),
        Rate("KWD", Decimal("3.255")),
    ),
)


def amount(
    value: dict[str, Any],
    measure: Measure = MEASURE,
    board_currency: Currency | None = None,
    code: dict[str, Any] | None = None,
) -> int:
    image = {"amount": value} | ({} if code is None else {"currency": code})
    return amount_reader(measure, board_currency)(image)


def reason(*arguments: Any) -> Rejected:
    with pytest.raises(Rejected) as raised:
        amount(*arguments)
    return raised.value


# Currencies


@pytest.mark.parametrize(
    "code", [{"S": "USD"}, {"S": " usd "}, None, {"NULL": True}, {"S": ""}], ids=str
)
def test_an_item_in_the_boards_currency_counts_in_any_spelling(code: Any) -> None:
    assert amount({"N": "50"}, MEASURE, ONLY_USD, code) == 5000


@pytest.mark.parametrize("code", ["EUR", "JPY"])
def test_an_item_in_another_currency_is_rejected_with_that_reason(code: str) -> None:
    rejected = reason({"N": "100"}, MEASURE, ONLY_USD, {"S": code})
    assert rejected.describe(()).startswith(f"currency is {code}; the board counts USD (add a rate")


@pytest.mark.parametrize(
    ("code", "public", "full"),
    [
        (
            {"S": "jane@example.org"},
            "currency is not an ISO 4217 code; the board counts USD",
            'currency is "jane@example.org", which is not an ISO 4217 code; the board counts USD',
        ),
        (
            {"N": "978"},
            "currency is a number; an ISO 4217 code is needed",
            'currency is a number "978"; an ISO 4217 code is needed',
        ),
    ],
)
def test_what_is_no_currency_is_rejected_and_not_repeated_to_everybody(
    code: Any, public: str, full: str
) -> None:
    rejected = reason({"N": "100"}, MEASURE, ONLY_USD, code)
    assert (rejected.describe(()), str(rejected)) == (public, full)


@pytest.mark.parametrize(
    ("code", "text", "minor"),
    [
        ("EUR", "100", 10800),
        ("EUR", "0.01", 1),
        ("EUR", "-100", -10800),
        ("EUR", "1.25", 135),
        ("EUR", "4.63", 500),
        ("JPY", "20000", 13400),
        ("JPY", "75", 50),
        ("JPY", "-75", -50),
        ("KWD", "1.234", 402),
        ("USD", "1.23", 123),
    ],
)
def test_a_rate_converts_exactly_and_rounds_once(code: str, text: str, minor: int) -> None:
    assert amount({"N": text}, MEASURE, RATES, {"S": code}) == minor


@given(st.integers(-(10**11), 10**11), st.decimals("0.000001", "1000", places=6))
def test_a_converted_amount_is_the_nearest_there_is(cents: int, rate: Decimal) -> None:
    rates = Currency("currency", (Rate("EUR", rate),))
    exact = Fraction(cents) * Fraction(rate)
    text = str(Decimal(cents).scaleb(-2))
    if abs(exact) > MAX_VALUE_MINOR:
        return
    half_up = int((abs(exact) + Fraction(1, 2)) // 1) * (1 if exact >= 0 else -1)
    assert amount({"N": text}, MEASURE, rates, {"S": "EUR"}) == half_up


@pytest.mark.parametrize(("text", "minor"), [("0.01", 1), ("0.03", 2), ("-0.01", -1)])
def test_half_a_minor_unit_goes_away_from_zero(text: str, minor: int) -> None:
    half = Currency("currency", (Rate("EUR", Decimal("0.5")),))
    assert amount({"N": text}, MEASURE, half, {"S": "EUR"}) == minor


def test_an_amount_has_the_decimals_of_its_own_currency() -> None:
    assert str(reason({"N": "10.5"}, MEASURE, RATES, {"S": "JPY"})) == (
        'amount is "10.5"; JPY has 0 decimals'
    )


def test_minor_units_are_those_of_the_items_currency() -> None:
    minor = Measure("amount", "amount", USD, is_minor=True)
    assert amount({"N": "20000"}, minor, RATES, {"S": "JPY"}) == 13400
    assert amount({"N": "1234"}, minor, RATES, {"S": "KWD"}) == 402


def test_a_measure_without_a_currency_does_not_look_at_it() -> None:
    tickets = Measure("tickets", "amount", PLAIN)
    assert amount({"N": "3"}, tickets, ONLY_USD, {"S": "EUR"}) == 3


# Text, minor units, paths


TEXT = Measure("amount", "amount", USD, is_text=True)


@pytest.mark.parametrize(("text", "minor"), [("25.00", 2500), ("-3.5", -350), ("7", 700)])
def test_plain_decimal_text_counts_where_the_board_says_so(text: str, minor: int) -> None:
    assert amount({"S": text}, TEXT) == minor
    assert amount({"N": text}, TEXT) == minor


@pytest.mark.parametrize(
    "text",
    ["$25.00", "25,00", "1,250.00", " 25", "25.", ".5", "+5", "1E+3", "٢٥", "", "25 USD", "NaN"],
)
def test_any_other_text_is_rejected(text: str) -> None:
    assert str(reason({"S": text}, TEXT)) == (
        f'amount is text "{text}", which is not a plain number, such as "1250.00"'
    )


@pytest.mark.parametrize("kind", ["S", "N"])
def test_digits_without_end_are_neither_counted_nor_remembered(kind: str) -> None:
    assert "is not a " in reason({kind: "0" * 400_000}, TEXT).describe(())


def test_integers_of_minor_units_are_taken_as_they_are() -> None:
    minor = Measure("amount", "amount", USD, is_minor=True)
    assert amount({"N": "1050"}, minor) == 1050
    assert str(reason({"N": "10.5"}, minor)) == ('amount is "10.5"; minor units are whole numbers')


def test_a_value_may_be_within_a_map_or_under_a_name_with_a_dot() -> None:
    read = amount_reader(Measure("amount", "amount.value", USD), None)
    assert read({"amount": {"M": {"value": {"N": "25"}}}}) == 2500
    assert read({"amount.value": {"N": "3"}, "amount": {"M": {"value": {"N": "25"}}}}) == 300
    with pytest.raises(Rejected, match=r"^amount\.value is missing$"):
        read({"amount": {"N": "25"}})


@pytest.mark.parametrize("value", [["10"], 10, 10.0, True, None, {}])
def test_a_number_that_is_not_text_is_rejected(value: Any) -> None:
    assert amount({"N": "10"}) == 1000
    assert "amount is" in reason({"N": value}).describe(())


# Bounds

BOUNDED = Measure("amount", "amount", USD, least_minor=1, most_minor=10_000_000)


@pytest.mark.parametrize(("text", "minor"), [("0.01", 1), ("100000", 10_000_000)])
def test_a_value_at_a_bound_counts(text: str, minor: int) -> None:
    assert amount({"N": text}, BOUNDED) == minor


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("100000.01", "amount is too large; the board's `most` is 100,000.00"),
        ("4500000000", "amount is too large; the board's `most` is 100,000.00"),
        ("0", "amount is too small; the board's `least` is 0.01"),
        ("-100000", "amount is too small; the board's `least` is 0.01"),
        ("1E+120", "amount is too large; at most 4,503,599,627.37 can be counted"),
        ("-1E+120", "amount is too small; at most 4,503,599,627.37 can be counted"),
    ],
)
def test_a_slipped_decimal_is_rejected_with_the_boards_bound(text: str, public: str) -> None:
    assert reason({"N": text}, BOUNDED).describe(()) == public


def test_a_bound_is_of_the_converted_amount() -> None:
    bounded = Measure("amount", "amount", USD, most_minor=10_000)
    assert amount({"N": "92.59"}, bounded, RATES, {"S": "EUR"}) == 10_000
    assert "`most`" in str(reason({"N": "92.60"}, bounded, RATES, {"S": "EUR"}))


def test_a_plain_number_has_its_own_decimals() -> None:
    assert amount({"N": "42.5"}, Measure("km", "amount", Unit("", 1))) == 425
