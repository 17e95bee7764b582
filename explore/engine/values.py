"""Makes DuckDB's values ready for JSON, without losing a digit."""

import json
import math
from base64 import b64encode
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

# JavaScript's numbers are exact below this.
_MOST_EXACT = 2**53
_WIDE = frozenset({"HUGEINT", "UHUGEINT", "BIGNUM"})


def make_ready(value: Any, kind: str = "") -> object:
    """Return a value as JSON has it; `kind` is the column's type."""
    if value is None or isinstance(value, bool):
        return value
    if kind == "JSON" and isinstance(value, str):
        return _read_json(value)
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value) if kind in _WIDE or abs(value) >= _MOST_EXACT else value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return b64encode(value).decode()
    if isinstance(value, list | tuple):
        return [make_ready(one) for one in value]
    if isinstance(value, dict):
        return {_name(key): make_ready(one) for key, one in value.items()}
    if isinstance(value, timedelta | UUID):
        return str(value)
    return str(value)


def _name(key: object) -> str:
    ready = make_ready(key)
    return ready if isinstance(ready, str) else json.dumps(ready)


def _read_json(text: str) -> object:
    try:
        return json.loads(text, parse_int=_read_integer, parse_constant=str)
    except (ValueError, RecursionError):
        return text


def _read_integer(text: str) -> int | str:
    number = int(text) if len(text) < 20 else _MOST_EXACT
    return number if abs(number) < _MOST_EXACT else text
