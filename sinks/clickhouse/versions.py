"""Versions of rows: ClickHouse keeps the one with the highest of each key.

A version is a whole number: when the fill began under which the row was written (its cut, in
seconds), then 54 digits of the change's place in the stream. So a row of a fill wins over all that
was there before it, and loses against every change that was made since.
"""

# 14 of the time at which a stream was made, 40 of a sequence number: `sinks.change.make_place`.
PLACE_DIGITS = 54
# UInt256 has 77 digits, and cuts have 10 until the year 2286.


def make_version(cut_s: int, place: str = "") -> str:
    """Return the version of a change at a place, or of what a fill has read, as digits."""
    return f"{cut_s}{place.replace('-', ''):0>{PLACE_DIGITS}}"


def read_cut(version: str) -> int:
    """Return the cut of a version, in seconds; 0 of the empty table's version."""
    return int(version[:-PLACE_DIGITS] or 0)
