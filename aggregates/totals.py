"""Hashes of totals: `<place>:<measure>` → integer, a place being a group or a bucket's start."""

from collections.abc import Iterable, Iterator, Mapping

from aggregates.board import LINE

# Place → measure → integer (`count`, and minor units of the sums).
Totals = dict[str, dict[str, int]]

# How much of a value that somebody else wrote a text repeats: texts get to screens and logs.
_MAX_QUOTED_CHARACTERS = 40


def gather_totals(fields: Iterable[tuple[bytes, bytes]]) -> Totals:
    """Return a hash's fields by place and measure; a place may hold colons, a measure none.

    Raises ValueError for a value that is no integer, with the field's name.
    """
    totals: Totals = {}
    for field, value in fields:
        place, _, measure = field.decode().rpartition(":")
        try:
            totals.setdefault(place, {})[measure] = int(value)
        except ValueError:
            raise ValueError(f"{quote(field.decode())} is {quote(value)}, no integer") from None
    return totals


def drop_lines(sums: Mapping[str, int]) -> dict[str, int]:
    """Return sums without what goes to the timeline's lines, which their groups tell."""
    return {name: value for name, value in sums.items() if not name.startswith(LINE)}


def pair_fields(reply: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield a hash's fields and values from a script's reply, which has them in turn."""
    fields = iter(reply)
    return zip(fields, fields, strict=True)


def quote(value: object) -> str:
    """Return a value for a text, cut to 40 characters."""
    # The beginning is enough: of 10 MB, repr alone takes long.
    text = repr(value[:200] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= _MAX_QUOTED_CHARACTERS else text[: _MAX_QUOTED_CHARACTERS - 1] + "…"
