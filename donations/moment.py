"""Parses dates and times as found in people's files: ISO 8601, in words, and as numbers."""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Literal, NamedTuple

from donations.moment_words import MONTHS, PASSED_OVER, ZONES

# Which comes first in 01/02/2026.
DateOrder = Literal["day", "month"]

_MAX_CHARACTERS = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Excel counts days from here. Its days before March 1900 are off by one; nobody means those.
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119
_LEAST_SECONDS = 100_000_000  # 1973
_LEAST_MS = 100_000_000_000
_MOST_MS = 10_000_000_000_000
# 26 is 2026 and 99 is 1999, as in Excel and POSIX.
_PIVOT_YEAR = 69

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_TIME = re.compile(
    r"(?<![\d.:])(?P<hour>\d{1,2})(?:"
    r"(?:\s?(?:[:h]|(?=\d{2}\s*uhr))\s?|\.(?=\d{2}(?:\.\d{2})?\s*(?:uhr|[ap]\.?m)))(?P<minute>\d{2})"
    r"(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?\s*(?:uhr)?\s*(?P<half>[ap]\.?m\b\.?)?"
    r"|\s*h(?![a-z\d])|\s*uhr|\s*(?P<bare_half>[ap]\.?m\b\.?))"
)
_OFFSET = re.compile(r"(?:utc|gmt)?\s*(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})$")
_ZONE_NAME = re.compile(r"\(?\b(?P<name>[a-z]{1,5})\)?$")
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})\s?[-/. ]\s?(?P<month>\d{1,2})\s?[-/. ]\s?(?P<day>\d{1,2})\.?"
)
_YEAR_LAST = re.compile(
    r"(?P<first>\d{1,2})\s?(?P<mark>[-/. ])\s?(?P<second>\d{1,2})\s?(?P=mark)\s?"
    r"(?P<year>\d{4}|\d{2})"
)
_COMPACT = re.compile(
    r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?P<time>\d{4}(?:\d{2})?)?"
)
_NAMED = re.compile(
    r"(?P<day>\d{1,2})\s?[-. /]*\s?(?P<name>[^\W\d]+)\s?[-. /]*\s?(?P<year>\d{4}|\d{2})"
)
_NAME_FIRST = re.compile(r"(?P<name>[^\W\d]+)[-. ]+(?P<day>\d{1,2})[-. ]+(?P<year>\d{4})")


class MomentError(ValueError):
    """A text is not a date and time; the message quotes it and says what to write."""


class _Parts(NamedTuple):
    date: str
    time: time | None
    zone: tzinfo | None


def parse_moment(text: str, zone: tzinfo, order: DateOrder | None = None) -> datetime:
    """Return an aware datetime, in `zone` if the text names no time zone. Raises `MomentError`.

    A date alone means midnight. `order` decides about 01/02/2026. A number is seconds or
    milliseconds since 1970, or Excel's days. A local time that occurs twice means the first one.
    """
    if len(text) > _MAX_CHARACTERS:
        raise MomentError(f"has {len(text)} characters, too many for a time")
    try:
        if text[4:5] == "-" and text[:4].isdigit():
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                moment = _read(text, zone, order)
        else:
            moment = _read(text, zone, order)
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
    except (ValueError, OverflowError) as error:
        if isinstance(error, MomentError):
            raise
        raise _no_moment(text) from None


def find_order(text: str) -> frozenset[DateOrder]:
    """Return the orders that a date can have; empty if it is no date or the order is irrelevant."""
    try:
        match = _YEAR_LAST.match(_split(_simplify(text[:_MAX_CHARACTERS]), UTC).date)
    except ValueError:
        return frozenset()
    if match is None:
        return frozenset()
    first, second = int(match["first"]), int(match["second"])
    # Countries that write dates with points put the day first.
    if match["mark"] == "." and 1 <= second <= 12:
        return frozenset(["day"])
    orders: set[DateOrder] = set()
    if 1 <= first <= 31 and 1 <= second <= 12:
        orders.add("day")
    if 1 <= second <= 31 and 1 <= first <= 12:
        orders.add("month")
    return frozenset() if first == second else frozenset(orders)


def find_named_zone(text: str, zone: tzinfo) -> tzinfo | None:
    """Return the time zone of an abbreviation or an offset; None for an unknown one."""
    name = text.strip().casefold()
    offset = _OFFSET.fullmatch(name)
    if offset:
        return _to_zone(offset)
    # It may be the abbreviation of the board's own zone, in summer or in winter.
    for month in (1, 7):
        if (zone.tzname(datetime(2026, month, 1)) or "").casefold() == name:  # noqa: DTZ001
            return zone
    return timezone(timedelta(hours=ZONES[name])) if name in ZONES else None


def _read(text: str, zone: tzinfo, order: DateOrder | None) -> datetime:
    if _NUMBER.fullmatch(text) and text.isascii():
        return _read_number(text)
    parts = _split(_simplify(text), zone)
    day = _read_date(parts.date, text, order)
    return datetime.combine(day, parts.time or time(), parts.zone)


def _read_number(text: str) -> datetime:
    compact = _COMPACT.fullmatch(text)
    if compact and not (compact["time"] is None and len(text) != 8):
        clock = (compact["time"] or "").ljust(6, "0")
        return datetime(  # noqa: DTZ001
            int(compact["year"]), int(compact["month"]), int(compact["day"]),
            int(clock[:2]), int(clock[2:4]), int(clock[4:6]),
        )  # fmt: skip
    whole, _, fraction = text.replace(",", ".").partition(".")
    if len(whole) > 16:
        raise MomentError(f'is "{text}", which is not a time')
    number = int(whole)
    millionths = int(fraction[:6].ljust(6, "0")) if fraction else 0
    if _EXCEL_DAYS[0] <= number < _EXCEL_DAYS[1]:
        # Excel stores days as doubles: anything below a millisecond is rounding.
        parts = int(fraction[:12].ljust(12, "0")) if fraction else 0
        ms = (parts * 86_400_000 + 500_000_000_000) // 1_000_000_000_000
        # Round to seconds: 0.794571759 days, as a file shows it, means 19:04:11.
        seconds = (ms + 500) // 1000
        ms = seconds * 1000 if abs(ms - seconds * 1000) <= 50 else ms
        return _EXCEL_EPOCH + timedelta(days=number, milliseconds=ms)
    if _LEAST_SECONDS <= number < _LEAST_MS:
        return _EPOCH + timedelta(seconds=number, microseconds=millionths)
    if _LEAST_MS <= number < _MOST_MS:
        return _EPOCH + timedelta(milliseconds=number)
    if _MOST_MS * 100 <= number < _MOST_MS * 1000:
        return _EPOCH + timedelta(microseconds=number)
    raise MomentError(f'is "{text}", which is not a time')


def _split(text: str, zone: tzinfo) -> _Parts:
    """Split a simplified text into the date's text, the time of day and the time zone."""
    clock, found = _TIME.search(text), None
    named: tzinfo | None = None
    if clock is not None:
        rest = text[clock.end() :].strip()
        text = text[: clock.start()].strip()
        found = _read_time(clock)
        offset = _OFFSET.search(rest)
        name = None if offset else _ZONE_NAME.search(rest)
        if offset:
            named, rest = _to_zone(offset), rest[: offset.start()]
        elif name and name["name"] not in MONTHS:
            named = find_named_zone(name["name"], zone)
            if named is None:
                raise MomentError(
                    f'names the time zone "{name["name"].upper()}", which is not known'
                )
            rest = rest[: name.start()]
        # A time may stand before the date.
        text = f"{text} {rest}".strip().removesuffix("t").strip()
    return _Parts(text.strip(" -"), found, named)


def _read_time(match: re.Match[str]) -> time:
    hour = int(match["hour"])
    half = (match["half"] or match["bare_half"] or "")[:1]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half == "p" else 0)
    microsecond = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    return time(hour, int(match["minute"] or 0), int(match["second"] or 0), microsecond)


def _read_date(text: str, whole: str, order: DateOrder | None) -> date:
    match = _YEAR_FIRST.fullmatch(text)
    if match:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    match = _YEAR_LAST.fullmatch(text)
    if match:
        first, second = int(match["first"]), int(match["second"])
        orders = find_order(text)
        if order is None or order not in orders:
            if len(orders) > 1:
                raise MomentError(f'is "{whole}": which is the day, {first} or {second}?')
            if order is not None and orders:
                other = "day" if order == "month" else "month"
                raise MomentError(
                    f'is "{whole}", with the {other} first; others have the {order} first'
                )
        day_first = orders == {"day"} or (order == "day" and "day" in orders) or first == second
        day, month = (first, second) if day_first else (second, first)
        return date(_to_year(match["year"]), month, day)
    match = _NAMED.fullmatch(text) or _NAME_FIRST.fullmatch(text)
    if match and match["name"] in MONTHS:
        return date(_to_year(match["year"]), MONTHS[match["name"]], int(match["day"]))
    match = _COMPACT.fullmatch(text)
    if match and match["time"] is None:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    raise _no_moment(whole)


def _to_year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < _PIVOT_YEAR else 1900)


def _to_zone(match: re.Match[str]) -> tzinfo:
    minutes = int(match["hours"]) * 60 + int(match["minutes"])
    return timezone(timedelta(minutes=minutes if match["sign"] == "+" else -minutes))


def _simplify(text: str) -> str:
    """Return the text in lower case, ASCII digits and single blanks, without filler words."""
    plain = "".join(
        str(unicodedata.decimal(c)) if not c.isascii() and unicodedata.category(c) == "Nd" else c
        for c in text
        if c.isascii() or unicodedata.category(c) != "Cf"
    )
    return " ".join(PASSED_OVER.sub(" ", plain.casefold()).split())


def _no_moment(text: str) -> MomentError:
    return MomentError(f'is "{text}", which is not a date and time; write it as 2026-11-21 19:04')
