"""Reads hashes of totals: `<place>:<measure>` → integer; a place is a group or a bucket's start."""

from collections.abc import Iterable, Iterator, Mapping

from aggregates.board import LINE

# Place → measure → integer (`count`, and minor units of the sums).
Totals = dict[str, dict[str, int]]

# The longest part of a foreign value that a message quotes: messages reach screens and logs.
_MAX_QUOTED_CHARACTERS = 40


def gather_totals(fields: Iterable[tuple[bytes, bytes]]) -> Totals:
    """Return a hash's fields by place and measure; a place may contain colons, a measure may not.

    Raises ValueError, with the field's name, for a value that is not an integer.
    """
    totals: Totals = {}
    for field, value in fields:
        place, _, measure = field.decode().rpartition(":")
        try:
            totals.setdefault(place, {})[measure] = int(value)
        except ValueError:
            raise ValueError(
                f"{quote(field.decode())} is {quote(value)}, which is not an integer"
            ) from None
    return totals


def drop_lines(sums: Mapping[str, int]) -> dict[str, int]:
    """Return sums without what goes to the timeline's lines, which their groups tell."""
    return {name: value for name, value in sums.items() if not name.startswith(LINE)}


def pair_fields(reply: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield (field, value) pairs from a script's reply, which lists them in turn."""
    fields = iter(reply)
    return zip(fields, fields, strict=True)


def quote(value: object) -> str:
    """Return a value as text for a message, cut to 40 characters."""
    # Cut before repr: repr of 10 MB is slow.
    text = repr(value[:200] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= _MAX_QUOTED_CHARACTERS else text[: _MAX_QUOTED_CHARACTERS - 1] + "…"
