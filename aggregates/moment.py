"""Reads the time of an item."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from aggregates.attribute import find, read_decimal, read_type, reject_type, split_path
from aggregates.board import Board
from aggregates.item import Image
from aggregates.rejected import Rejected, quote

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_SECONDS = 253_402_300_799  # the end of the year 9999
_MILLISECOND = timedelta(milliseconds=1)

# Returns milliseconds since 1970 in UTC; raises `Rejected`.
MomentReader = Callable[[Image], int]


def find_zone(name: str) -> tzinfo:
    """Return a time zone of the IANA database; raise `ValueError` for an unknown name."""
    if name == "UTC":
        return UTC
    # Imported only here: it would slow down every cold start of the function.
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError) as error:
        raise ValueError(f"{name!r} is not a time zone known here") from error


def parse_moment(text: str, zone: tzinfo) -> int:
    """Return ISO 8601 text as milliseconds since 1970 in UTC; raise `ValueError`.

    Without an offset it is in `zone`. A local time that comes twice, when clocks are set back,
    means the first; one that never comes is read as if clocks had not been set forward.
    """
    return to_ms(datetime.fromisoformat(text), zone)


def to_ms(moment: datetime, zone: tzinfo) -> int:
    """Return a moment as milliseconds since 1970 in UTC; without an offset it is in `zone`."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return (moment - _EPOCH) // _MILLISECOND


def moment_reader(board: Board) -> MomentReader:
    """Return the function that reads the time of an item: 0 on a board without a time."""
    if board.time is None:
        return lambda _: 0
    name, path, zone = board.time, split_path(board.time), find_zone(board.time_zone)
    is_ms = board.time_unit == "ms"
    unit = "milliseconds" if is_ms else "seconds"
    expected = f"ISO 8601 text, or {unit} since 1970,"

    def read_number(text: str) -> int:
        number = read_decimal(name, text)
        limit = _MAX_SECONDS * 1000 if is_ms else _MAX_SECONDS
        if number > limit:
            hint = "" if is_ms else '; for milliseconds, set time_unit = "ms" in the board\'s file'
            needed = f"{unit} since 1970 are needed{hint}"
            raise Rejected(name, f"is too large; {needed}", f"is {quote(text)}; {needed}")
        # Not scaled: a number far below zero would get too many digits.
        if number < 0:
            return -1
        return int(number if is_ms else number.scaleb(3))

    def read_moment(image: Image) -> int:
        attribute = image.get(name)
        if attribute is None and path:
            attribute = find(image, name, path)
        text = attribute.get("S") if attribute is not None else None
        if text is None:
            kind, text = read_type(attribute)
            if kind != "N":
                raise reject_type(name, attribute, expected)
            time_ms = read_number(text)
        else:
            try:
                # The same as `to_ms`, without the call: this runs once per record.
                moment = datetime.fromisoformat(text)
                if moment.tzinfo is None:
                    moment = moment.replace(tzinfo=zone)
                time_ms = (moment - _EPOCH) // _MILLISECOND
            except (ValueError, OverflowError):
                needed = 'a time such as "2019-08-07T07:26:56Z" is needed'
                full = f"is {quote(text)}; {needed}"
                raise Rejected(name, f"is not a time; {needed}", full) from None
        if time_ms < 0:
            past = "times before 1970 cannot be counted"
            raise Rejected(name, f"is too early; {past}", f"is {quote(text)}; {past}")
        return time_ms

    return read_moment
