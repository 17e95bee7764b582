"""Hashes of totals: `<place>:<measure>` → integer, a place being a group or a bucket's start."""

from collections.abc import Iterable

# Place → measure → integer (`count`, and minor units of the sums).
Totals = dict[str, dict[str, int]]


def gather_totals(fields: Iterable[tuple[bytes, bytes]]) -> Totals:
    """Return a hash's fields by place and measure; a place may hold colons, a measure none.

    Raises ValueError for a value that is no integer, with the field's name.
    """
    totals: Totals = {}
    for field, value in fields:
        place, _, measure = field.decode().rpartition(":")
        try:
            totals.setdefault(place, {})[measure] = int(value)
        except ValueError as error:
            raise ValueError(f"{field.decode()!r}: {error}") from error
    return totals
