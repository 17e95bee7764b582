"""An item as plain JSON text, and the values of its top-level attributes as columns have them."""

import json
import re
from base64 import b64encode
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from aggregates.item import Image

# A number as JSON writes it; DynamoDB's own are all such.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
# A double has 15 digits for sure; DuckDB reads JSON's numbers as doubles.
_EXACT_DIGITS = 15

# The kinds of values of a column; a NULL has none.
KINDS = {"S": "S", "N": "N", "BOOL": "BOOL", "B": "B"}
_NESTED = "JSON"


def write_item(image: Image, hidden: Collection[str] = ()) -> str:
    """Return an item as JSON text, without its hidden attributes.

    Numbers stay as DynamoDB wrote them; those of more than 15 digits become text. Sets are sorted
    arrays, binary values base64.
    """
    parts = [
        f"{_write_text(name)}:{_write_value(value)}"
        for name, value in sorted(image.items())
        if name not in hidden
    ]
    return "{" + ",".join(parts) + "}"


def read_columns(image: Image, hidden: Collection[str] = ()) -> dict[str, tuple[str, str]]:
    """Return the kind and the text of each top-level attribute that is neither hidden nor null."""
    found = {}
    for name, typed in image.items():
        [(kind, value)] = typed.items()
        if name in hidden or kind == "NULL":
            continue
        if kind == "B":
            found[name] = ("B", _write_binary(value))
        elif kind == "BOOL":
            found[name] = ("BOOL", "true" if value else "false")
        elif kind in KINDS:
            found[name] = (kind, str(value))
        else:
            found[name] = (_NESTED, _write_value(typed))
    return found


def _write_value(typed: Any) -> str:
    [(kind, value)] = typed.items()
    if kind == "S":
        return _write_text(value)
    if kind == "N":
        return _write_number(value)
    if kind == "B":
        return _write_text(_write_binary(value))
    if kind == "BOOL":
        return "true" if value else "false"
    if kind == "NULL":
        return "null"
    if kind == "M":
        inner = (f"{_write_text(k)}:{_write_value(v)}" for k, v in sorted(value.items()))
        return "{" + ",".join(inner) + "}"
    if kind == "L":
        return "[" + ",".join(map(_write_value, value)) + "]"
    if kind == "NS":
        return "[" + ",".join(map(_write_number, sorted(value, key=Decimal))) + "]"
    texts = value if kind == "SS" else map(_write_binary, value)
    return "[" + ",".join(map(_write_text, sorted(texts))) + "]"


def _write_number(text: str) -> str:
    digits = sum(map(str.isdigit, text.partition("E")[0].partition("e")[0]))
    is_plain = digits <= _EXACT_DIGITS and _NUMBER.fullmatch(text)
    return text if is_plain else _write_text(text)


def _write_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _write_binary(value: bytes | str) -> str:
    """Return base64: what boto3 gives as bytes is base64 in a record already."""
    return value if isinstance(value, str) else b64encode(value).decode()
