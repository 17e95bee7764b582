"""Reads from a board's file what is added up: measures, goal and currency."""

from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from aggregates.board import COUNT, MAX_VALUE_MINOR, Currency, Goal, Measure, Rate
from aggregates.board_fields import Fields, quote_value, to_decimal
from aggregates.board_name import NAME
from aggregates.units import CURRENCY_EXPONENTS, PLAIN, Unit, currency

_MAX_MEASURES = 8
# A page can show it, and it is far below 2^53 in minor units.
_MAX_TARGET_MINOR = 10**15
_MAX_RATE_DIGITS = 20
# A milestone's name has to be read at a glance.
_MAX_NAME_CHARACTERS = 60


def read_measures(board: Fields) -> tuple[Measure, ...]:
    measures = board.table("measures")
    if measures is None:
        return ()
    read = []
    for name in measures.names():
        if not NAME.fullmatch(name) or name == COUNT:
            raise measures.error(
                name,
                "cannot be a measure's name: use small letters, digits, - and _, begin with a"
                " letter, and not `count`, which every board has already",
            )
        measure = measures.table(name)
        assert measure is not None
        read.append(_read_measure(name, measure))
    if len(read) > _MAX_MEASURES:
        raise board.error("measures", f"has {len(read)} sums; a board has at most {_MAX_MEASURES}")
    return tuple(read)


def _read_measure(name: str, measure: Fields) -> Measure:
    attribute = measure.text("attribute", "amount")
    unit = _read_unit(measure)
    is_minor = measure.boolean("minor")
    if is_minor and unit == PLAIN:
        raise measure.error(
            "minor", 'needs to know the minor unit; add, for example, unit = "USD" or decimals = 2'
        )
    least, most = _read_bound(measure, "least", unit), _read_bound(measure, "most", unit)
    if least is not None and most is not None and least > most:
        raise measure.error("least", "is above `most`, so nothing could count; change one")
    is_text = measure.boolean("text")
    measure.refuse_unknown()
    return Measure(name, attribute, unit, is_text, is_minor, least, most)


def _read_bound(measure: Fields, field: str, unit: Unit) -> int | None:
    value = measure.get(field, (int, float), "a number, in units")
    if value is None:
        return None
    return measure.minor(field, value, unit, -MAX_VALUE_MINOR, MAX_VALUE_MINOR)


def _read_unit(measure: Fields) -> Unit:
    code = measure.get("unit", str, 'an ISO 4217 code, such as "USD"; leave out for plain numbers')
    decimals = measure.get("decimals", int, "how many decimals a plain number has, 0 to 6")
    if code is None:
        if decimals is None:
            return PLAIN
        if not 0 <= decimals <= 6:
            raise measure.error(
                "decimals", f"is {quote_value(decimals)}; write a whole number from 0 to 6"
            )
        return Unit(name="", exponent=decimals)
    if decimals is not None:
        raise measure.error("decimals", f"is for plain numbers only; {code!r} has its own")
    _require_code(measure, "unit", code, "leave it out for plain numbers")
    return currency(code)


def _require_code(fields: Fields, field: str, code: str, fix: str) -> None:
    if code in CURRENCY_EXPONENTS:
        return
    close = get_close_matches(code[:20].upper(), sorted(CURRENCY_EXPONENTS), n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise fields.error(field, f"is {quote_value(code)}, which is not an ISO 4217 code; {fix}{hint}")


def read_goal(board: Fields, measures: tuple[Measure, ...]) -> Goal | None:
    goal = board.table("goal")
    if goal is None:
        return None
    units = {COUNT: PLAIN} | {measure.name: measure.unit for measure in measures}
    name = goal.text("measure", "amount")
    if name not in units:
        raise goal.error("measure", f"is {quote_value(name)}; this board has: {', '.join(units)}")
    unit = units[name]

    def to_minor(field: str, value: Any) -> int:
        return goal.minor(field, value, unit, 1, _MAX_TARGET_MINOR)

    target = to_minor("target", goal.require("target", (int, float), "a number"))
    values = goal.get("milestones", list, "a list of numbers") or []
    named = [_read_milestone(goal, value) for value in values]
    milestones = [to_minor("milestones", at) for at, _ in named]
    if any(low >= high for low, high in pairwise([*milestones, target])):
        raise goal.error(
            "milestones", "must rise, each above the one before, and stay below target"
        )
    steps = [*zip(milestones, (text for _, text in named), strict=True)]
    steps.append((target, _read_name(goal, "name", goal.take("name"))))
    goal.refuse_unknown()
    names = tuple((step, text) for step, text in steps if text is not None)
    return Goal(name, target, tuple(milestones), names)


def _read_milestone(goal: Fields, value: Any) -> tuple[Any, str | None]:
    """Return a milestone's value, and its name if it has one."""
    if not isinstance(value, dict):
        return value, None
    if unknown := sorted(value.keys() - {"at", "name"}):
        raise goal.error(
            "milestones",
            f'has {unknown[0]!r}; write {{at = 50_000, name = "Pie in the face"}}, or a number',
        )
    if "at" not in value:
        raise goal.error("milestones", f"has {quote_value(value)} without `at`; add at = SUM")
    return value["at"], _read_name(goal, "milestones", value.get("name"))


def _read_name(goal: Fields, field: str, value: Any) -> str | None:
    if value is None:
        return None
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > _MAX_NAME_CHARACTERS or not text.isprintable():
        raise goal.error(
            field,
            f"has the name {quote_value(value)}; write text in quotes, at most"
            f" {_MAX_NAME_CHARACTERS} characters",
        )
    return text


def read_currency(board: Fields, measures: tuple[Measure, ...]) -> Currency | None:
    """Return the attribute that names an item's currency, and the rates; None if not configured."""
    fields = board.table("currency")
    if fields is None:
        return None
    units = sorted({measure.unit.name for measure in measures if measure.unit.name})
    if len(units) != 1:
        have = f"this board has {', '.join(units)}" if units else "this board has none"
        raise board.error("currency", f"needs measures with one currency as their `unit`; {have}")
    attribute = fields.text("attribute", "currency")
    if attribute in {measure.attribute for measure in measures}:
        raise fields.error(
            "attribute", f"is {attribute!r}, which is a sum; name the attribute with the currency"
        )
    rates = fields.table("rates")
    read = [] if rates is None else [_read_rate(rates, code, units[0]) for code in rates.names()]
    fields.refuse_unknown()
    return Currency(attribute, tuple(read))


def _read_rate(rates: Fields, code: str, unit: str) -> Rate:
    _require_code(rates, code, code, "write a rate under its currency's code")
    if code == unit:
        raise rates.error(code, f"is the board's own unit; leave out its rate, which is 1 {unit}")
    expected = f'what 1 {code} is worth in {unit}, such as {code} = "1.08"'
    value = rates.require(code, (str, int, float), expected)
    try:
        rate = Decimal(value) if isinstance(value, str) else to_decimal(value)
    except InvalidOperation:
        rate = None
    digits = rate.as_tuple() if rate is not None and rate.is_finite() else None
    if rate is None or digits is None or not rate > 0:
        raise rates.error(code, f"is {quote_value(value)}; write {expected}")
    is_long = len(digits.digits) > _MAX_RATE_DIGITS or abs(rate.adjusted()) > _MAX_RATE_DIGITS
    if is_long:
        raise rates.error(code, f"has too many digits; write {expected}")
    return Rate(code, rate.normalize())
