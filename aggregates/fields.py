"""Reads and checks fields of JSON from outside: any of them may be wrong."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aggregates.totals import quote

# Lua's numbers are exact up to this.
_MOST = 2**53
# No time, id or epoch is longer.
_MAX_TEXT = 100
_T = TypeVar("_T")


class MessageError(ValueError):
    """A message or a board's keys do not follow the protocol; the text names the field."""


def load_object(data: bytes | str, what: str) -> dict[str, Any]:
    """Return a JSON object; `what` names it in the error."""
    try:
        fields = json.loads(data)
        # Half of a surrogate pair is not a character and cannot be sent.
        if (b"\\ud" if isinstance(data, bytes) else "\\ud") in data.lower():  # type: ignore[operator]
            json.dumps(fields, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise MessageError(f"{what} is not JSON: {error}") from error
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise MessageError(f"{what} is not JSON in UTF-8: {error.reason}") from error
    except ValueError as error:  # a number of thousands of digits
        raise MessageError(f"{what} is not readable JSON: a number in it is too long") from error
    except RecursionError as error:
        raise MessageError(f"{what} is not readable JSON: it is nested too deeply") from error
    if not isinstance(fields, dict):
        raise MessageError(f"{what} is not a JSON object")
    return fields


def read_field(fields: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
    """Return a field that must have the type `kind`."""
    value = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise MessageError(f"{name} is {quote(value)}; it should be {kind.__name__}")
    return value


def read_text(fields: Mapping[str, Any], name: str) -> str:
    """Return a text field of at most 100 characters."""
    text = read_field(fields, name, str)
    if len(text) > _MAX_TEXT:
        raise MessageError(f"{name} is {quote(text)}, {len(text):,} characters long")
    return text


def read_natural(fields: Mapping[str, Any], name: str) -> int:
    """Return a field that must be an integer of 0 or more."""
    value = check_integer(name, read_field(fields, name, int))
    if value < 0:
        raise MessageError(f"{name} is {quote(value)}; it cannot be negative")
    return value


def read_optional(
    fields: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any], str], _T]
) -> _T | None:
    """Return a field; None if it is absent or null."""
    return None if fields.get(name) is None else read(fields, name)


def by_integer(name: str, fields: Mapping[str, _T]) -> dict[int, _T]:
    """Return a mapping with its keys as integers."""
    try:
        return {int(key): value for key, value in fields.items()}
    except (ValueError, AttributeError):
        raise MessageError(f"{name}: {quote(fields)} has keys that are not integers") from None


def to_integer(name: str, text: str) -> int:
    """Return text as an integer."""
    try:
        return int(text)
    except ValueError:
        raise MessageError(f"{name}: {quote(text)} is not an integer") from None


def check_integer(name: str, value: Any) -> int:
    """Return the value if it is an integer within 2^53, where Lua's numbers are exact."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise MessageError(f"{name} has {quote(value)}; it should be an integer")
    if abs(value) > _MOST:
        raise MessageError(f"{name} has {quote(value)}; numbers are exact up to {_MOST}")
    return value
