"""Reads from a board's file which items count: conditions and period."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from aggregates.board import Condition, Measure, Period
from aggregates.board_fields import Fields, quote_value, to_decimal
from aggregates.moment import find_zone, parse_moment, to_ms

_MAX_CONDITIONS = 16
_MAX_VALUES = 100
_FORMS = (
    'a value (status = "COMPLETED"), a list of values, or one of {least = 5, most = 10},'
    ' {begins = "DON#"}, {present = true}'
)


def read_where(
    board: Fields, measures: tuple[Measure, ...], needed: Collection[str]
) -> tuple[Condition, ...]:
    """Return the board's conditions. `needed` are the attributes without which no item counts."""
    where = board.table("where")
    if where is None:
        return ()
    conditions = [_read_condition(where, name) for name in where.names()]
    if len(conditions) > _MAX_CONDITIONS:
        raise board.error("where", f"has {len(conditions)} conditions, more than {_MAX_CONDITIONS}")
    for condition in conditions:
        _refuse_contradiction(where, condition, measures, needed)
    return tuple(conditions)


def _read_condition(where: Fields, name: str) -> Condition:
    value = where.take(name)
    if not name.strip():
        raise where.error('""', "is not an attribute name; write one")
    if isinstance(value, dict):
        return _read_bounds(where, name, value)
    values = value if isinstance(value, list) else [value]
    if not values:
        raise where.error(name, "is an empty list, so nothing could count; add a value")
    if len(values) > _MAX_VALUES:
        raise where.error(name, f"has {len(values)} values, more than {_MAX_VALUES}")
    return Condition(name, one_of=tuple(_read_value(where, name, one) for one in values))


def _read_value(where: Fields, name: str, value: Any) -> str | Decimal | bool:
    if isinstance(value, str | bool):
        return value
    number = to_decimal(value)
    if number is None:
        raise where.error(name, f"is {quote_value(value)}; write {_FORMS}")
    return number.normalize()


def _read_bounds(where: Fields, name: str, value: dict[str, Any]) -> Condition:
    forms = frozenset(value)
    if not forms or not (forms <= {"least", "most"} or forms in ({"begins"}, {"present"})):
        raise where.error(
            name,
            f"is {quote_value(value)}; write {_FORMS}. Write a path into a map in quotes:"
            f' "{name}.value" = …',
        )
    fields = where.table(name)
    assert fields is not None
    bounds = {}
    for field in ("least", "most"):
        bound = fields.get(field, (int, float), "a number")
        if bound is not None:
            number = to_decimal(bound)
            if number is None:
                raise fields.error(field, f"is {quote_value(bound)}; write a number")
            bounds[field] = number.normalize()
    if len(bounds) == 2 and bounds["least"] > bounds["most"]:
        raise fields.error("least", "is above `most`, so nothing could count; change one")
    begins = fields.optional_text("begins", "DON#") if "begins" in forms else None
    present = fields.get("present", bool, "true or false")
    return Condition(name, (), bounds.get("least"), bounds.get("most"), begins, present)


def _refuse_contradiction(
    where: Fields, condition: Condition, measures: tuple[Measure, ...], needed: Collection[str]
) -> None:
    """Refuse a condition that no countable item could meet."""
    name = condition.attribute
    wants_absence = condition.is_present is False
    wants_truth = bool(condition.one_of) and all(isinstance(v, bool) for v in condition.one_of)
    summed = [measure for measure in measures if measure.attribute == name]
    wants_number = condition.least is not None or condition.most is not None
    wants_text = condition.begins is not None
    for value in condition.one_of:
        wants_number |= isinstance(value, Decimal)
        wants_text |= isinstance(value, str)
    if wants_absence and (name in needed or summed):
        raise where.error(name, "must be absent here, but no item counts without it; change one")
    if summed and wants_truth:
        raise where.error(name, "is the number of a measure, so it is never true or false")
    if any(measure.is_text for measure in summed) and wants_number:
        raise where.error(
            name, "is a number stored as text; use the measure's `least` and `most` instead"
        )
    if any(not measure.is_text for measure in summed) and wants_text and not wants_number:
        raise where.error(name, "is the number of a measure, so it is never text; write a number")


def read_period(board: Fields, time: str | None, time_zone: str) -> Period | None:
    fields = board.table("period")
    if fields is None:
        return None
    if time is None:
        raise board.error("period", 'needs the items\' time; add time = "ATTRIBUTE"')
    from_ms = read_moment(fields, "from", time_zone)
    until_ms = read_moment(fields, "until", time_zone)
    if from_ms is None and until_ms is None:
        raise board.error("period", "is empty; add from = …, until = …, or both")
    if from_ms is not None and until_ms is not None and from_ms >= until_ms:
        raise fields.error("until", "is not after `from`, so nothing could count; change one")
    fields.refuse_unknown()
    return Period(from_ms, until_ms)


def read_moment(fields: Fields, field: str, time_zone: str) -> int | None:
    """Return a field's time in ms since 1970, None if absent; without an offset, in `time_zone`."""
    expected = f"a date and time, such as {field} = 2026-11-21T18:00:00"
    value = fields.get(field, (str, date), expected)
    if value is None:
        return None
    zone = find_zone(time_zone)
    try:
        if isinstance(value, datetime):
            time_ms = to_ms(value, zone)
        else:
            time_ms = parse_moment(str(value), zone)
    except (ValueError, OverflowError):
        raise fields.error(field, f"is {quote_value(value)}; write {expected}") from None
    if time_ms < 0:
        raise fields.error(field, "is before 1970; items have no such time")
    return time_ms
