"""A template of one attribute of a rule's action: text with `{attributes}` of the change."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aggregates.attribute import find, split_path
from aggregates.item import Image

ID = "id"
_PLACE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Template:
    """The parts of a text: `(text, "")`, or `("", attribute)`."""

    parts: tuple[tuple[str, str], ...]

    @property
    def has_id(self) -> bool:
        """Whether `{id}`, the crossing's id, is a part."""
        return any(attribute == ID for _, attribute in self.parts)

    def fill(self, image: Image, crossing_id: str) -> Mapping[str, Any] | None:
        """Return the typed value; None for an attribute that the image lacks.

        A template that is one attribute keeps the attribute's type. In a longer text, an attribute
        that is not text, a number or true or false is left out.
        """
        if len(self.parts) == 1 and self.parts[0][1]:
            [(_, attribute)] = self.parts
            return {"S": crossing_id} if attribute == ID else _find(image, attribute)
        return {"S": "".join(text or _write(image, name, crossing_id) for text, name in self.parts)}


def parse_template(value: object) -> Template | Mapping[str, Any] | None:
    """Return the template of a TOML text, or the typed constant of another value; None if neither.

    `{{` and `}}` are not supported: a constant has no braces.
    """
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        number = Decimal(str(value))
        # DynamoDB's numbers have 38 digits.
        return {"N": f"{number:f}"} if number.is_finite() and abs(number) < 10**38 else None
    if not isinstance(value, str):
        return None
    parts: list[tuple[str, str]] = []
    end = 0
    for match in _PLACE.finditer(value):
        parts += [(value[end : match.start()], "")] if match.start() > end else []
        parts.append(("", match[1]))
        end = match.end()
    rest = value[end:]
    parts += [(rest, "")] if rest else []
    if any("{" in text or "}" in text for text, _ in parts):
        return None
    return Template(tuple(parts))


def _find(image: Image, attribute: str) -> Mapping[str, Any] | None:
    value = find(image, attribute, split_path(attribute))
    return value if isinstance(value, Mapping) else None


def _write(image: Image, attribute: str, crossing_id: str) -> str:
    if attribute == ID:
        return crossing_id
    [(kind, value)] = (_find(image, attribute) or {"NULL": True}).items()
    if kind == "BOOL":
        return "true" if value else "false"
    return str(value) if kind in ("S", "N") else ""
