"""Decides by a board's conditions whether an item counts."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from aggregates.attribute import find, read_decimal, read_type, split_path
from aggregates.board import Condition
from aggregates.item import Image
from aggregates.rejected import Rejected

# Returns whether an item meets a condition.
Meets = Callable[[Image], bool]


def where_reader(conditions: Sequence[Condition]) -> Meets | None:
    """Return the function that says whether an item meets all conditions; None without conditions.

    The function raises nothing: an attribute of another type does not meet its condition.
    """
    if not conditions:
        return None
    each = [_condition_reader(condition) for condition in conditions]
    if len(each) == 1:
        return each[0]
    return lambda image: all(meets(image) for meets in each)


def _condition_reader(condition: Condition) -> Meets:
    name, path = condition.attribute, split_path(condition.attribute)
    if condition.is_present is not None:
        present = condition.is_present
        return lambda image: (read_type(find(image, name, path))[0] not in ("", "NULL")) == present
    if condition.begins is not None:
        begins = condition.begins

        def meets_begin(image: Image) -> bool:
            kind, value = read_type(find(image, name, path))
            return kind == "S" and value.startswith(begins)

        return meets_begin
    if condition.one_of:
        return _one_of_reader(name, path, condition.one_of)
    least, most = condition.least, condition.most

    def meets_bounds(image: Image) -> bool:
        kind, value = read_type(find(image, name, path))
        number = _to_number(name, value) if kind == "N" else None
        if number is None:
            return False
        return (least is None or number >= least) and (most is None or number <= most)

    return meets_bounds


def _one_of_reader(
    name: str, path: tuple[str, ...], values: Sequence[str | Decimal | bool]
) -> Meets:
    # Each type has its own set, because True == Decimal(1).
    texts = frozenset(value for value in values if isinstance(value, str))
    numbers = frozenset(value for value in values if isinstance(value, Decimal))
    truths = frozenset(value for value in values if isinstance(value, bool))

    def meets_one(image: Image) -> bool:
        kind, value = read_type(find(image, name, path))
        if kind == "S":
            return value in texts
        if kind == "N":
            return bool(numbers) and _to_number(name, value) in numbers
        if kind == "BOOL":
            return value in truths
        return kind in ("", "NULL") and False in truths

    return meets_one


def _to_number(name: str, value: Any) -> Decimal | None:
    try:
        return read_decimal(name, value)
    except Rejected:
        return None
