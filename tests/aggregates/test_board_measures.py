"""Measures and currencies in a board's file."""

from decimal import Decimal
from pathlib import Path

import pytest

from aggregates.board import Currency, Measure, Rate
from aggregates.units import Unit
from tests.aggregates.board_files import AMOUNT, load, refuse

USD = Unit("USD", 2)


def test_a_measure_says_how_its_number_is_stored_and_bounded(tmp_path: Path) -> None:
    measure = AMOUNT.replace('"amount"', '"amount.value"')
    more = "text = true\nminor = true\nleast = 0.5\nmost = 100_000"
    assert load(tmp_path, measure, more).measures == (
        Measure("amount", "amount.value", USD, True, True, 50, 10_000_000),
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("least = 5\nmost = 4", "measures.amount.least: is above `most`"),
        ("most = 0.005", "measures.amount.most: has 0.005; write numbers with at most 2 decimals"),
        ("most = 1e12", "measures.amount.most: has 1000000000000.0; write numbers from -4,503,5"),
        ('most = "5"', "measures.amount.most: is '5'; write a number, in units"),
        ("most = nan", "measures.amount.most: has nan; write numbers"),
        ("text = 1", "measures.amount.text: is 1; write true or false"),
    ],
)
def test_a_bound_that_cannot_be_is_refused(tmp_path: Path, lines: str, message: str) -> None:
    assert message in refuse(tmp_path, AMOUNT, lines)


def test_minor_units_need_a_unit(tmp_path: Path) -> None:
    plain = '[measures.amount]\nattribute = "amount"\nminor = true\n'
    assert "measures.amount.minor: needs to know the minor unit" in refuse(tmp_path, plain)
    assert load(tmp_path, plain, "decimals = 2").measures[0].is_minor


def test_rates_are_exact_whether_written_as_text_or_as_numbers(tmp_path: Path) -> None:
    currency = '[currency]\nattribute = "currency"\n[currency.rates]\nEUR = "1.080"\nCHF = 1.1'
    assert load(tmp_path, AMOUNT, currency).currency == Currency(
        "currency", (Rate("EUR", Decimal("1.08")), Rate("CHF", Decimal("1.1")))
    )
    assert load(tmp_path, AMOUNT, '[currency]\nattribute = "cur"').currency == Currency("cur")


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        ("USD = 1", "currency.rates.USD: is the board's own unit; leave out its rate"),
        (
            "EURO = 1",
            "'EURO', which is not an ISO 4217 code; write a rate under its currency's code",
        ),
        ("EUR = 0", "currency.rates.EUR: is 0; write what 1 EUR is worth in USD"),
        ("EUR = -1", "currency.rates.EUR: is -1; write what"),
        ('EUR = "much"', "currency.rates.EUR: is 'much'; write what"),
        ("EUR = inf", "currency.rates.EUR: is inf; write what"),
        ('EUR = "NaN"', "currency.rates.EUR: is 'NaN'; write what"),
        ("EUR = true", "currency.rates.EUR: is True; write what"),
        ('EUR = "1E+1000000"', "currency.rates.EUR: has too many digits"),
        (f'EUR = "1.{"1" * 30}"', "currency.rates.EUR: has too many digits"),
    ],
)
def test_a_rate_that_cannot_be_is_refused(tmp_path: Path, rate: str, message: str) -> None:
    lines = '[currency]\nattribute = "currency"\n[currency.rates]'
    assert message in refuse(tmp_path, AMOUNT, lines, rate)


@pytest.mark.parametrize(
    ("measures", "message"),
    [
        ("", "currency: needs measures with one currency as their `unit`; this board has none"),
        (
            AMOUNT + '[measures.more]\nattribute = "more"\nunit = "EUR"\n',
            "needs measures with one currency as their `unit`; this board has EUR, USD",
        ),
    ],
)
def test_a_currency_needs_one_unit_to_count_in(tmp_path: Path, measures: str, message: str) -> None:
    assert message in refuse(tmp_path, measures, '[currency]\nattribute = "currency"')


def test_the_number_that_is_summed_names_no_currency(tmp_path: Path) -> None:
    message = refuse(tmp_path, AMOUNT, '[currency]\nattribute = "amount"')
    assert message.startswith("currency.attribute: is 'amount', which is a sum")
