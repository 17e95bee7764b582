"""Finds an item's attributes by name or path, and reads their DynamoDB types."""

from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

from aggregates.item import Image
from aggregates.rejected import Rejected, quote

# DynamoDB's numbers have up to 38 digits; 60 leave room to scale one without rounding. A result
# that would still be rounded raises.
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])

# A DynamoDB number has 38 digits, an exponent and a sign; text may be much longer.
_MAX_NUMBER_CHARACTERS = 200

_TYPE_NAMES = {
    "S": "text",
    "N": "a number",
    "BOOL": "true or false",
    "NULL": "null",
    "B": "binary",
    "M": "a map",
    "L": "a list",
    "SS": "a set",
    "NS": "a set",
    "BS": "a set",
}

Path = tuple[str, ...]


def split_path(name: str) -> Path:
    """Return the steps of a path such as `amount.value`; () for a name without a dot."""
    return tuple(name.split(".")) if "." in name else ()


def descend(image: Image, path: Path) -> Any:
    """Return the typed value at a path into maps; None if there is none."""
    found: Any = {"M": image}
    for step in path:
        found = found.get("M", {}).get(step)
        if found is None:
            return None
    return found


def find(image: Image, name: str, path: Path) -> Any:
    """Return an attribute's typed value, such as `{"S": "Facebook"}`; None if it is absent.

    An attribute whose name is `name`, dots included, takes precedence over one at the path.
    """
    attribute = image.get(name)
    return descend(image, path) if attribute is None and path else attribute


def read_type(attribute: Any) -> tuple[str, Any]:
    """Return the DynamoDB type and the value of an attribute; ("", None) if it is absent."""
    for kind, value in (attribute or {}).items():
        return kind, value
    return "", None


def reject_type(name: str, attribute: Any, expected: str) -> Rejected:
    """Return the `Rejected` for an attribute that is absent or does not have the expected type."""
    kind, value = read_type(attribute)
    if not kind:
        return Rejected(name, "is missing")
    what = _TYPE_NAMES.get(kind, quote(kind).strip('"'))
    needed = f"; {expected} is needed"
    if kind in ("S", "N", "BOOL"):
        return Rejected(name, f"is {what}{needed}", f"is {what} {quote(value)}{needed}")
    return Rejected(name, f"is {what}{needed}")


def read_decimal(name: str, text: Any) -> Decimal:
    """Return a DynamoDB number exactly; raise `Rejected`."""
    try:
        if len(text) > _MAX_NUMBER_CHARACTERS or not text.isascii():
            raise InvalidOperation
        number = EXACT.create_decimal(text)
    except (InvalidOperation, Inexact):
        number = Decimal("nan")
    if not number.is_finite():
        raise Rejected(name, "is not a number", f"is {quote(text)}, which is not a number")
    return number
