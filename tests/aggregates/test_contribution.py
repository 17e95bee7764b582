from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregates.board import MAX_VALUE_MINOR, Board, Measure
from aggregates.contribution import (
    MAX_GROUP_CHARACTERS,
    Contribution,
    Rejected,
    contribution_reader,
)
from aggregates.item import Image
from aggregates.units import PLAIN, Unit, currency
from tests.aggregates.fundraiser_file import BOARD
from tests.stream_events import donation

MISSING: dict[str, Any] = {}
SECONDS_NEEDED = (
    'seconds since 1970 are needed; for milliseconds, set time_unit = "ms" in the board\'s file'
)


def read(image: Image, board: Board = BOARD) -> Contribution:
    contribution = contribution_reader(board)(image)
    assert contribution is not None
    return contribution


def read_amount(text: str, unit: Unit = BOARD.measures[0].unit) -> int:
    board = replace(BOARD, measures=(Measure("amount", "amount", unit),))
    return read(donation("d-1", amount=text), board).values[0]


def image_with(name: str, value: dict[str, Any]) -> Image:
    """Return a valid donation with one attribute changed; `MISSING` removes it."""
    image = donation("d-1")
    if value is MISSING:
        del image[name]
    else:
        image[name] = value
    return image


def reason_of(image: Image, board: Board = BOARD) -> str:
    with pytest.raises(Rejected) as raised:
        read(image, board)
    return str(raised.value)


def test_a_donation_counts_for_its_amount() -> None:
    image = donation("d-1", amount=10, donated_at="2019-08-07T07:26:56")
    assert read(image) == Contribution("Facebook", 1_565_162_816_000, (1000,))


# Amounts


@pytest.mark.parametrize(
    ("unit", "text", "minor"),
    [
        (currency("USD"), "10", 1000),
        (currency("USD"), "10.5", 1050),
        (currency("USD"), "10.50000", 1050),
        (currency("USD"), "-3.33", -333),
        (currency("USD"), "0", 0),
        (currency("USD"), "-0", 0),
        (currency("USD"), "0E+50", 0),
        (currency("USD"), "0E-50", 0),
        (currency("USD"), "1E+3", 100_000),
        (currency("USD"), "1E-2", 1),
        (currency("USD"), "10.00000000000000000000000000000000000", 1000),
        (currency("JPY"), "500", 500),
        (currency("KWD"), "1.234", 1234),
        (PLAIN, "42", 42),
        (Unit("", 1), "42.5", 425),
        (currency("USD"), f"{Decimal(MAX_VALUE_MINOR).scaleb(-2)}", MAX_VALUE_MINOR),
        (currency("USD"), f"-{Decimal(MAX_VALUE_MINOR).scaleb(-2)}", -MAX_VALUE_MINOR),
    ],
    ids=str,
)
def test_an_amount_is_an_integer_of_minor_units(unit: Unit, text: str, minor: int) -> None:
    read = read_amount(text, unit)
    assert read == minor
    assert type(read) is int


@pytest.mark.parametrize(
    ("unit", "text", "reason"),
    [
        (currency("USD"), "10.005", 'amount is "10.005"; USD has 2 decimals'),
        (
            currency("USD"),
            "10.0000000000000000000000000000000001",
            'amount is "10.0000000000000000000000000000000001"; USD has 2 decimals',
        ),
        (currency("USD"), "1E-130", 'amount is "1E-130"; USD has 2 decimals'),
        (currency("JPY"), "10.5", 'amount is "10.5"; JPY has 0 decimals'),
        (currency("KWD"), "1.2345", 'amount is "1.2345"; KWD has 3 decimals'),
        (PLAIN, "0.5", 'amount is "0.5"; the board has 0 decimals'),
    ],
    ids=str,
)
def test_an_amount_that_is_no_whole_number_of_minor_units_is_rejected(
    unit: Unit, text: str, reason: str
) -> None:
    with pytest.raises(Rejected) as raised:
        read_amount(text, unit)
    assert str(raised.value) == reason


@pytest.mark.parametrize(
    "text",
    [
        "100000000000000000000",
        "1E+20",
        "-1E+20",
        "1E+120",
        "9.9999999999999999999999999999999999999E+125",
        f"{Decimal(MAX_VALUE_MINOR + 1).scaleb(-2)}",
        f"-{Decimal(MAX_VALUE_MINOR + 1).scaleb(-2)}",
    ],
)
def test_an_amount_that_doubles_could_not_sum_is_rejected(text: str) -> None:
    with pytest.raises(Rejected, match=r"; at most 4,503,599,627.37 can be counted$"):
        read_amount(text)


@pytest.mark.parametrize("text", ["ten", "", "NaN", "sNaN", "Infinity", "-Infinity", "1_0", " 1"])
def test_an_amount_that_is_no_number_is_rejected(text: str) -> None:
    assert (
        reason_of(image_with("amount", {"N": text})) == f'amount is "{text}", which is not a number'
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"S": "ten"}, 'amount is text "ten"; a number is needed'),
        ({"S": "10"}, 'amount is text "10"; a number is needed'),
        ({"BOOL": True}, 'amount is true or false "True"; a number is needed'),
        ({"NULL": True}, "amount is null; a number is needed"),
        ({"M": {"x": {"N": "1"}}}, "amount is a map; a number is needed"),
        ({"L": []}, "amount is a list; a number is needed"),
        ({"NS": ["1"]}, "amount is a set; a number is needed"),
        ({"B": "AAE="}, "amount is binary; a number is needed"),
        (MISSING, "amount is missing"),
    ],
    ids=str,
)
def test_an_amount_of_another_type_is_rejected_with_its_reason(
    value: dict[str, Any], reason: str
) -> None:
    assert reason_of(image_with("amount", value)) == reason


def test_a_reason_repeats_only_the_beginning_of_a_long_value() -> None:
    reason = reason_of(image_with("amount", {"S": "x" * 400_000}))
    assert reason == f'amount is text "{"x" * 39}…"; a number is needed'


@given(st.integers(-MAX_VALUE_MINOR, MAX_VALUE_MINOR), st.sampled_from(["JPY", "USD", "KWD"]))
def test_every_amount_in_range_is_read_exactly(minor: int, code: str) -> None:
    unit = currency(code)
    assert read_amount(str(Decimal(minor).scaleb(-unit.exponent)), unit) == minor


@given(st.integers(0, 10**38 - 1), st.integers(-130, 88), st.sampled_from(["", "-"]))
def test_no_number_of_dynamodb_is_ever_rounded(digits: int, exponent: int, sign: str) -> None:
    text = f"{sign}{digits}E{exponent}"
    try:
        minor = read_amount(text)
    except Rejected:
        return
    # Fractions, so that not even this test rounds.
    numerator, denominator = Decimal(text).as_integer_ratio()
    assert minor * denominator == numerator * 100


def test_several_measures_are_read_in_the_boards_order() -> None:
    measures = (
        Measure("tickets", "tickets", PLAIN),
        BOARD.measures[0],
    )
    image = donation("d-1", amount="2.5") | {"tickets": {"N": "3"}}
    assert read(image, replace(BOARD, measures=measures)).values == (3, 250)


# Groups


@pytest.mark.parametrize(
    ("value", "group"),
    [
        ({"S": "a:b"}, "a:b"),
        ({"S": "ALL:count"}, "ALL:count"),
        ({"S": "two\n lines"}, "two lines"),
        ({"S": "🎁 Café"}, "🎁 Café"),
        ({"S": "x" * MAX_GROUP_CHARACTERS}, "x" * MAX_GROUP_CHARACTERS),
        ({"N": "7"}, "7"),
        ({"N": "7.50"}, "7.5"),
        ({"N": "1E+3"}, "1000"),
        ({"BOOL": True}, "true"),
        ({"BOOL": False}, "false"),
    ],
    ids=str,
)
def test_text_numbers_and_booleans_name_a_group(value: dict[str, Any], group: str) -> None:
    assert read(image_with("platform", value)).group == group


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (MISSING, "platform is missing"),
        ({"S": ""}, "platform is empty"),
        ({"S": " "}, "platform is empty"),
        ({"N": "1E+125"}, "platform is a number of 126 digits, too long for a group's name"),
        ({"S": "ALL"}, 'platform is "ALL", the name that stands for all groups together'),
        ({"S": "x" * 300}, "platform has 300 characters; a group has at most 200"),
        ({"S": "x" * 400_000}, "platform has 400,000 characters; a group has at most 200"),
        ({"M": {}}, "platform is a map; text, a number or a boolean is needed"),
        ({"L": [{"S": "x"}]}, "platform is a list; text, a number or a boolean is needed"),
        ({"SS": ["x"]}, "platform is a set; text, a number or a boolean is needed"),
        ({"NULL": True}, "platform is null; text, a number or a boolean is needed"),
        ({"B": "AAE="}, "platform is binary; text, a number or a boolean is needed"),
        ({"N": "NaN"}, 'platform is "NaN", which is not a number'),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_group_that_cannot_be_shown_is_rejected_with_its_reason(
    value: dict[str, Any], reason: str
) -> None:
    assert reason_of(image_with("platform", value)) == reason


# Times


@pytest.mark.parametrize(
    ("value", "time_ms"),
    [
        ({"S": "2019-08-07T07:26:56"}, 1_565_162_816_000),
        ({"S": "2019-08-07T07:26:56Z"}, 1_565_162_816_000),
        ({"S": "2019-08-07T09:26:56+02:00"}, 1_565_162_816_000),
        ({"S": "2019-08-07T07:26:56.789999Z"}, 1_565_162_816_789),
        ({"S": "2019-08-07"}, 1_565_136_000_000),
        ({"S": "1970-01-01T00:00:00Z"}, 0),
        ({"S": "9999-12-31T23:59:59Z"}, 253_402_300_799_000),
        ({"N": "1565162816"}, 1_565_162_816_000),
        ({"N": "1565162816.789"}, 1_565_162_816_789),
        ({"N": "0"}, 0),
        ({"N": "253402300799"}, 253_402_300_799_000),
    ],
    ids=str,
)
def test_a_time_is_milliseconds_in_utc(value: dict[str, Any], time_ms: int) -> None:
    assert read(image_with("donatedAt", value)).time_ms == time_ms


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (MISSING, "donatedAt is missing"),
        (
            {"S": "yesterday"},
            'donatedAt is "yesterday"; a time such as "2019-08-07T07:26:56Z" is needed',
        ),
        ({"S": ""}, 'donatedAt is ""; a time such as "2019-08-07T07:26:56Z" is needed'),
        (
            {"S": "2019-02-30T00:00:00Z"},
            'donatedAt is "2019-02-30T00:00:00Z"; a time such as "2019-08-07T07:26:56Z" is needed',
        ),
        (
            {"N": "1565162816000"},
            f'donatedAt is "1565162816000"; {SECONDS_NEEDED}',
        ),
        (
            {"N": "1E+120"},
            f'donatedAt is "1E+120"; {SECONDS_NEEDED}',
        ),
        ({"N": "NaN"}, 'donatedAt is "NaN", which is not a number'),
        ({"N": "-1"}, 'donatedAt is "-1"; times before 1970 cannot be counted'),
        (
            {"S": "1969-12-31T23:59:59Z"},
            'donatedAt is "1969-12-31T23:59:59Z"; times before 1970 cannot be counted',
        ),
        (
            {"S": "0001-01-01T00:00:00+23:59"},
            'donatedAt is "0001-01-01T00:00:00+23:59"; times before 1970 cannot be counted',
        ),
        (
            {"BOOL": True},
            'donatedAt is true or false "True"; ISO 8601 text, or seconds since 1970, is needed',
        ),
        ({"M": {}}, "donatedAt is a map; ISO 8601 text, or seconds since 1970, is needed"),
    ],
    ids=str,
)
def test_a_time_that_cannot_be_read_is_rejected_with_its_reason(
    value: dict[str, Any], reason: str
) -> None:
    assert reason_of(image_with("donatedAt", value)) == reason


def test_a_board_without_a_time_needs_none() -> None:
    board = replace(BOARD, time=None, bucket_seconds=None, ticker=None)
    assert read(image_with("donatedAt", MISSING), board).time_ms == 0


def test_an_item_of_400_kb_counts_like_a_small_one() -> None:
    image = donation("d-1", amount=10) | {"essay": {"S": "x" * 400_000}}
    assert read(image).values == (1000,)


@pytest.mark.parametrize("name", ["platform", "amount", "donatedAt"])
def test_a_type_that_dynamodb_does_not_have_yet_is_rejected(name: str) -> None:
    assert reason_of(image_with(name, {"Q": "?"})).startswith(f"{name} is Q; ")
