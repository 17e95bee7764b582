"""A rule's comparison, such as `stock < reorderThreshold`: read from text, exact on an image."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from aggregates.attribute import find, split_path
from aggregates.item import Image

FORM = (
    'attributes, numbers or text, compared by <, <=, >, >=, == or !=, such as "stock <'
    ' reorderThreshold", "stock <= 5" or \'status == "PAID"\''
)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_OPERAND = r"""("[^"]*"|'[^']*'|[^\s<>=!"']+)"""
_COMPARISON = re.compile(rf"\s*{_OPERAND}\s*(<=|>=|==|!=|<|>)\s*{_OPERAND}\s*")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)

# Adds any two of DynamoDB's numbers exactly: 38 digits, exponents from -130 to 125.
_EXACT = Context(prec=320)

# A value to compare: a number, a text, or nothing that can be compared.
Value = Decimal | str | None


@dataclass(frozen=True)
class Operand:
    """One side: the path of an attribute, or a constant."""

    attribute: str = ""
    constant: Value = None

    def read(self, image: Image) -> Value:
        """Return the side's value in an image; None unless it is a number or text."""
        if not self.attribute:
            return self.constant
        typed = find(image, self.attribute, split_path(self.attribute))
        if not isinstance(typed, dict) or len(typed) != 1:
            return None
        [(kind, value)] = typed.items()
        if kind == "S":
            return str(value)
        try:
            return Decimal(value) if kind == "N" else None
        except InvalidOperation:
            return None


@dataclass(frozen=True)
class Comparison:
    """A comparison of two sides. Numbers compare exactly, and only with numbers."""

    left: Operand
    sign: str
    right: Operand

    def holds(self, image: Image | None) -> bool:
        """Return whether it is true of an image; False if a side is absent or of another type."""
        return image is not None and self._compare(image, Decimal(0))

    def fails_beyond(self, image: Image, margin: Decimal) -> bool:
        """Return whether it is false, and would be with the right side moved by the margin.

        `stock < 10` with the margin 5 is false beyond it from 15 on. Raises nothing; a comparison
        that lacks a side is neither.
        """
        if self.left.read(image) is None or self.right.read(image) is None:
            return False
        moved = margin if self.sign in ("<", "<=") else -margin
        return not self._compare(image, Decimal(0)) and not self._compare(image, moved)

    def _compare(self, image: Image, moved: Decimal) -> bool:
        left, right = self.left.read(image), self.right.read(image)
        if isinstance(left, Decimal) and isinstance(right, Decimal):
            return _OPERATORS[self.sign](left, _EXACT.add(right, moved))
        if isinstance(left, str) and isinstance(right, str):
            return _OPERATORS[self.sign](left, right)
        return False

    def __str__(self) -> str:
        return " ".join((_name(self.left), self.sign, _name(self.right)))


def parse_comparison(text: str) -> Comparison | None:
    """Return the comparison in a text; None if it is not one."""
    match = _COMPARISON.fullmatch(text)
    if match is None:
        return None
    comparison = Comparison(_parse_operand(match[1]), match[2], _parse_operand(match[3]))
    if not comparison.left.attribute and not comparison.right.attribute:
        return None
    return comparison


def _parse_operand(text: str) -> Operand:
    if text[0] in "\"'":
        return Operand(constant=text[1:-1])
    if _NUMBER.fullmatch(text):
        return Operand(constant=Decimal(text))
    return Operand(attribute=text)


def _name(operand: Operand) -> str:
    if operand.attribute:
        return operand.attribute
    return f'"{operand.constant}"' if isinstance(operand.constant, str) else f"{operand.constant}"
