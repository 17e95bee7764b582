"""For any text, an amount is exact or refused, and a time is valid or refused."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from aggregates.board import MAX_VALUE_MINOR
from aggregates.units import Unit, currency
from donations.amount_text import AmountError, DecimalMark, read_amount_text
from donations.moment import MomentError, find_order, parse_moment
from donations.money import Money, to_money

UNITS = st.sampled_from([currency(code) for code in ("USD", "JPY", "KWD")])
WRITING = st.text("0123456789.,'- \u202f()+eE$€CHFRs/–٢٥٫٬", max_size=20)
TIMES = st.text("0123456789.:/- TZ+apmAPMNovUhr,", max_size=25)


@given(st.integers(-MAX_VALUE_MINOR, MAX_VALUE_MINOR), UNITS, st.sampled_from(" '’\u202f,."))
def test_every_amount_is_read_back_as_it_was_written(minor: int, unit: Unit, group: str) -> None:
    mark: DecimalMark = "," if group == "." else "."
    text = f"{Decimal(minor).scaleb(-unit.exponent):,f}"
    text = text.translate({ord(","): group, ord("."): mark})
    amount = read_amount_text(text)
    read = to_money(amount, unit, mark=mark, accepted={unit.name: unit})
    assert read == Money(minor)


@given(WRITING, UNITS)
def test_any_text_is_an_amount_within_bounds_or_refused(text: str, unit: Unit) -> None:
    try:
        amount = read_amount_text(text)
        read = to_money(amount, unit, mark=None, accepted={unit.name: unit})
    except AmountError:
        return
    assert -MAX_VALUE_MINOR <= read.minor <= MAX_VALUE_MINOR


@given(TIMES | st.text(max_size=30))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    try:
        orders = find_order(text)
        moment = parse_moment(text, UTC, next(iter(orders), None))
    except MomentError:
        return
    assert moment.tzinfo is not None


@given(st.datetimes(datetime(1971, 1, 1), datetime(2068, 1, 1)))  # noqa: DTZ001
def test_every_time_is_read_back_in_every_form(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    for form in ("%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d %b %Y, %I:%M:%S %p", "%Y%m%d%H%M%S"):
        assert parse_moment(moment.strftime(form), UTC).replace(tzinfo=None) == moment, form
    for order, form in (("day", "%d/%m/%y %H:%M:%S"), ("month", "%m/%d/%y %I:%M:%S %p")):
        read = parse_moment(moment.strftime(form), UTC, order)  # type: ignore[arg-type]
        assert read.replace(tzinfo=None) == moment, form
    seconds = moment.replace(tzinfo=UTC).timestamp()
    if seconds >= 100_000_000:
        assert parse_moment(str(int(seconds)), UTC).timestamp() == seconds
