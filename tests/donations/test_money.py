import pytest

from aggregates.units import PLAIN, currency, format_amount
from donations.amount_text import AmountError, DecimalMark, read_amount_text
from donations.money import Money, find_evidence, find_language_mark, parse_amount, to_money

USD, JPY = currency("USD"), currency("JPY")
ACCEPTED = {code: currency(code) for code in ("USD", "EUR", "CHF", "INR", "JPY")}


def money(text: str, mark: DecimalMark | None = None) -> Money:
    return to_money(read_amount_text(text), USD, mark=mark, accepted=ACCEPTED)


@pytest.mark.parametrize(
    ("text", "minor", "code"),
    [
        ("25", 2500, None),
        ("1'234.50", 123450, None),
        ("1’234.50", 123450, None),
        ("1.234,50 €", 123450, "EUR"),
        ("CHF 25.–", 2500, "CHF"),
        ("Fr.25", 2500, "CHF"),
        ("25,- €", 2500, "EUR"),
        ("(25.00)", -2500, None),
        ("(CHF 25.00)", -2500, "CHF"),
        ("−5", -500, None),
        ("5-", -500, None),
        ("$-5", -500, "USD"),
        ("-$5", -500, "USD"),
        ("+5", 500, None),
        ("1\u202f234,50", 123450, None),
        ("1\u2009234\u2009567", 123456700, None),
        ("1 234.5", 123450, None),
        ("$.50", 50, "USD"),
        ("US$ 25", 2500, "USD"),
        ("25.00 USD", 2500, "USD"),
        ("25 usd", 2500, "USD"),
        ("Rs.500/-", 50000, "INR"),
        ("₹ 1,00,000", 10000000, "INR"),
        ("12,34,567.50", 123456750, None),
        ("1,250.00", 125000, None),
        ("1.234.567", 123456700, None),
        ("25,5", 2550, None),
        ("0.500", 50, None),
        ("٢٥.00", 2500, None),
        ("٢٬٥٠٠٫٥٠", 250050, None),
        ("２５．００", 2500, None),
        ("\u200f25.00", 2500, None),
        ("¥500", 500, "JPY"),
        ("1e2", 10000, None),
        ("2.5E+1", 2500, None),
        ("25." + "0" * 50, 2500, None),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, minor: int, code: str | None) -> None:
    assert money(text) == Money(minor, code)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("ten", 'is "ten", which is not an amount'),
        ("1_0", "not an amount"),
        ("nan", "not an amount"),
        ("Infinity", "not an amount"),
        ("½", "not an amount"),
        ("12:30", "not an amount"),
        ("2025-01-02", "not an amount"),
        ("1.2.3", "not an amount"),
        ("1,23,4", "not an amount"),
        ("25 - 5", "not an amount"),
        ("25%", "not an amount"),
        ("--5", "not an amount"),
        ("(-5)", "not an amount"),
        ("5 apples", "not an amount"),
        ("25.0051", "USD has 2 decimals"),
        ("1E+999999999", "write the number out"),
        ("1E-100000000", "write the number out"),
        ("1e20", "too large"),
        ("1" * 50, "too large"),
        ("1" * 200, "too many for an amount"),
        ("0." + "0" * 60 + "1", "USD has 2 decimals"),
        ("£25", "is in .*; the board counts USD"),
        ("€25 USD", "two currencies"),
    ],
)
def test_a_text_that_is_not_an_amount_says_why(text: str, said: str) -> None:
    with pytest.raises(AmountError, match=said):
        money(text)


def test_a_text_that_may_be_two_amounts_is_never_guessed() -> None:
    with pytest.raises(AmountError, match=r"1\.250 or 1,250"):
        money("1.250")
    assert money("1.250", ",") == Money(125000)
    assert money("1.250", ".") == Money(125)
    assert money("1,250", ".") == Money(125000)


def test_a_mark_does_not_change_what_is_clear() -> None:
    assert money("25,00", ".") == money("25.00", ",") == Money(2500)


def test_evidence_is_what_others_need() -> None:
    texts = ["1.250", "25,00", "30"]
    marks, ambiguous = find_evidence(map(read_amount_text, texts))
    assert marks == {","}
    assert ambiguous == read_amount_text("1.250")


def test_yen_have_no_decimals_so_that_a_mark_is_one_of_thousands() -> None:
    assert parse_amount("1,500", JPY) == parse_amount("1.500", JPY) == 1500
    with pytest.raises(AmountError, match="JPY has 0 decimals"):
        parse_amount("1.5", JPY)


def test_a_plain_number_has_no_currency() -> None:
    assert parse_amount("12", PLAIN) == 12
    with pytest.raises(AmountError, match="the board counts plain numbers"):
        parse_amount("$12", PLAIN)


@pytest.mark.parametrize(
    ("language", "mark"),
    [("en", "."), ("de", ","), ("de-CH", "."), ("fr", ","), ("es-MX", "."), ("hi", ".")],
)
def test_a_language_has_its_decimal_mark(language: str, mark: str) -> None:
    assert find_language_mark(language) == mark


def test_what_a_person_types_is_above_zero() -> None:
    assert parse_amount("1.250", USD, language="de") == 125000
    for text in ("0", "-5", "0.00"):
        with pytest.raises(AmountError, match="write a number above 0"):
            parse_amount(text, USD)
    with pytest.raises(AmountError, match=r"^AMOUNT is \"ten\""):
        parse_amount("ten", USD, name="AMOUNT")


def test_an_amount_is_written_exactly() -> None:
    assert format_amount(9_007_199_254_740_993, USD) == "90,071,992,547,409.93"
