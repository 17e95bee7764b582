"""Fields of JSON that somebody else wrote, read with all that can be wrong with them."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aggregates.totals import quote

# Lua's numbers are exact up to this.
_MOST = 2**53
# More text than this is no time, id or epoch of ours.
_MAX_TEXT = 100
_T = TypeVar("_T")


class MessageError(ValueError):
    """A message, or a board's keys, that do not follow the protocol; the text names the field."""


def load_object(data: bytes | str, what: str) -> dict[str, Any]:
    """Return a JSON object; `what` names it in the error."""
    try:
        fields = json.loads(data)
        # Half of a surrogate pair is no character, and cannot be sent to anybody.
        if (b"\\ud" if isinstance(data, bytes) else "\\ud") in data.lower():  # type: ignore[operator]
            json.dumps(fields, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise MessageError(f"{what} is not JSON: {error}") from error
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise MessageError(f"{what} is not JSON in UTF-8: {error.reason}") from error
    except ValueError as error:  # a number of thousands of digits
        raise MessageError(f"{what} is not JSON that can be read") from error
    except RecursionError as error:
        raise MessageError(f"{what} is not JSON that can be read: it is nested too deep") from error
    if not isinstance(fields, dict):
        raise MessageError(f"{what} is not a JSON object")
    return fields


def read_field(fields: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
    """Return a field of a type."""
    value = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise MessageError(f"{name} is {quote(value)}; it should be {kind.__name__}")
    return value


def read_text(fields: Mapping[str, Any], name: str) -> str:
    """Return a field of text that is not long."""
    text = read_field(fields, name, str)
    if len(text) > _MAX_TEXT:
        raise MessageError(f"{name} is {quote(text)}, {len(text):,} characters long")
    return text


def read_natural(fields: Mapping[str, Any], name: str) -> int:
    """Return a field that is an integer, and not negative."""
    value = check_integer(name, read_field(fields, name, int))
    if value < 0:
        raise MessageError(f"{name} is {quote(value)}; it cannot be negative")
    return value


def read_optional(
    fields: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any], str], _T]
) -> _T | None:
    """Return a field; None where it is absent or null."""
    return None if fields.get(name) is None else read(fields, name)


def by_integer(name: str, fields: Mapping[str, _T]) -> dict[int, _T]:
    """Return fields by integers."""
    try:
        return {int(key): value for key, value in fields.items()}
    except (ValueError, AttributeError):
        raise MessageError(f"{name}: {quote(fields)} is not by integers") from None


def to_integer(name: str, text: str) -> int:
    """Return text as an integer."""
    try:
        return int(text)
    except ValueError:
        raise MessageError(f"{name}: {quote(text)} is no integer") from None


def check_integer(name: str, value: Any) -> int:
    """Return an integer that is exact."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise MessageError(f"{name} has {quote(value)}; it should be an integer")
    if abs(value) > _MOST:
        raise MessageError(f"{name} has {quote(value)}; numbers are exact up to {_MOST}")
    return value
