"""Compares items of a table."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any


def is_same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether two items, or maps in them, are equal; the numbers 25 and 25.00 are."""
    return old.keys() == new.keys() and all(
        _is_same_value(value, new[name]) for name, value in old.items()
    )


def _is_same_value(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if old == new:
        return True
    try:
        if "N" in old and "N" in new:
            return Decimal(old["N"]) == Decimal(new["N"])
    except InvalidOperation:
        return False
    return "M" in old and "M" in new and is_same(old["M"], new["M"])
