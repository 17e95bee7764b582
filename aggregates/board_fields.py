"""Reads one table of a board's file. Every error names the file, the field and the fix."""

from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from aggregates.units import Unit, format_amount

# How much of a wrong value an error repeats.
_MAX_QUOTED_CHARACTERS = 80


class BoardError(ValueError):
    """A board file cannot be used; the text says what is wrong, where, and what to do."""


def quote_value(value: object) -> str:
    """Return the beginning of a wrong value as TOML-like text."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return "a value too large to print"
    cut = len(text) > _MAX_QUOTED_CHARACTERS
    return text[: _MAX_QUOTED_CHARACTERS - 1] + "…" if cut else text


class Fields:
    """One TOML table. A field that nobody asked for is unknown, and refused at the end."""

    def __init__(self, values: Mapping[str, Any], file: Path, prefix: str = "") -> None:
        self._values = values
        self._file = file
        self._prefix = prefix
        self._known: set[str] = set()

    @property
    def folder(self) -> Path:
        """The folder of the board's pictures and font: beside its file, with the board's name."""
        return self._file.with_suffix("")

    def error(self, field: str, problem: str) -> BoardError:
        return BoardError(f"{self._file}: {self._prefix}{field}: {problem}")

    def get(self, field: str, kind: type | tuple[type, ...], expected: str) -> Any:
        """Return the field's value, or None when it is absent."""
        self._known.add(field)
        value = self._values.get(field)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(field, f"is {quote_value(value)}; write {expected}")
        return value

    def take(self, field: str) -> Any:
        """Return the field's value of any type; None when it is absent."""
        self._known.add(field)
        return self._values.get(field)

    def require(self, field: str, kind: type | tuple[type, ...], expected: str) -> Any:
        value = self.get(field, kind, expected)
        if value is None:
            raise self.error(field, f"is missing; write {expected}")
        return value

    def text(self, field: str, example: str) -> str:
        value: str = self.require(field, str, f'text in quotes, such as {field} = "{example}"')
        if not value.strip():
            raise self.error(field, f'is empty; write text in quotes, such as "{example}"')
        return value

    def optional_text(self, field: str, example: str) -> str | None:
        self._known.add(field)
        return self.text(field, example) if field in self._values else None

    def texts(self, field: str, value: Any, example: str) -> tuple[str, ...]:
        expected = f"a list of different attribute names, such as {example}"
        if not value or not all(isinstance(item, str) and item for item in value):
            raise self.error(field, f"is {quote_value(value)}; write {expected}")
        if len(set(value)) < len(value):
            raise self.error(field, f"names an attribute twice; write {expected}")
        return tuple(value)

    def boolean(self, field: str) -> bool:
        """Return the field's boolean; False when it is absent."""
        return bool(self.get(field, bool, "true or false"))

    def integer(self, field: str, low: int, high: int) -> int:
        value: int = self.require(field, int, f"a whole number from {low} to {high:,}")
        if not low <= value <= high:
            raise self.error(
                field, f"is {quote_value(value)}; write a whole number from {low} to {high:,}"
            )
        return value

    def minor(self, field: str, value: Any, unit: Unit, lowest: int, highest: int) -> int:
        """Return one of a field's numbers in minor units of `unit`, `lowest` to `highest`."""
        decimal = to_decimal(value)
        exact = Decimal("nan") if decimal is None else decimal.scaleb(unit.exponent)
        if decimal is None or exact != exact.to_integral_value():
            raise self.error(
                field,
                f"has {quote_value(value)}; write numbers with at most {unit.exponent} decimals",
            )
        if not lowest <= exact <= highest:
            low = "above 0" if lowest == 1 else f"from {format_amount(lowest, unit)}"
            raise self.error(
                field,
                f"has {quote_value(value)}; write numbers {low}, up to"
                f" {format_amount(highest, unit)}",
            )
        return int(exact)

    def table(self, field: str) -> "Fields | None":
        value = self.get(field, dict, f"it as a table, under a line [{self._prefix}{field}]")
        return None if value is None else Fields(value, self._file, f"{self._prefix}{field}.")

    def names(self) -> list[str]:
        return list(self._values)

    def refuse_unknown(self, whose: str = "a board") -> None:
        for field in self._values:
            if field not in self._known:
                close = get_close_matches(field, sorted(self._known), n=1)
                known = ", ".join(sorted(self._known))
                fix = f"did you mean {close[0]!r}?" if close else f"known here: {known}"
                raise self.error(field, f"is not a field of {whose}; {fix}")


def read_key_names(fields: Fields, field: str = "key") -> tuple[str, ...]:
    """Return the names of a table's key attributes, one or two."""
    expected = f'the table\'s key attribute, such as {field} = "donationId", or ["pk", "sk"]'
    value = fields.require(field, (str, list), expected)
    key = fields.texts(field, [value] if isinstance(value, str) else value, '["pk", "sk"]')
    if len(key) > 2:
        raise fields.error(field, f"names {len(key)} attributes; DynamoDB has one or two")
    return key


def to_decimal(value: Any) -> Decimal | None:
    """Return a TOML number exactly, floats by their shortest text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Larger than any amount; Python refuses to print a much longer one.
    if isinstance(value, int) and value.bit_length() > 400:
        return None
    decimal = Decimal(str(value))
    return decimal if decimal.is_finite() else None
