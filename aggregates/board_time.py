"""Reads from a board's file how time is read and shown: zone, unit and timeline."""

from difflib import get_close_matches

from aggregates.board import Groups
from aggregates.board_fields import Fields, quote_value
from aggregates.groups import clean_group
from aggregates.moment import find_zone

# The finest timeline; a bucket's number stays within 32 bits until the year 9999.
_MIN_BUCKET_SECONDS = 60
_MAX_BUCKET_SECONDS = 86_400
# Each line makes the points fewer, and more are not told apart.
_MAX_LINES = 6


def read_time_zone(fields: Fields, time: str | None) -> str:
    name = fields.optional_text("time_zone", "Europe/Zurich")
    if name is None:
        return "UTC"
    require_time(fields, "time_zone", time)
    try:
        find_zone(name)
    except ValueError:
        from zoneinfo import available_timezones

        zones = {zone.casefold(): zone for zone in available_timezones()}
        close = get_close_matches(name[:60].casefold(), zones, n=1)
        hint = f"; did you mean {zones[close[0]]!r}?" if close else ""
        raise fields.error(
            "time_zone",
            f"is {quote_value(name)}, which is not a time zone known here; write a name such as"
            f' "Europe/Zurich"{hint}',
        ) from None
    return name


def read_time_unit(fields: Fields, time: str | None) -> str:
    expected = '"s" or "ms", the unit of times that are numbers since 1970'
    unit: str | None = fields.get("time_unit", str, expected)
    if unit is None:
        return "s"
    require_time(fields, "time_unit", time)
    if unit not in ("s", "ms"):
        raise fields.error("time_unit", f"is {quote_value(unit)}; write {expected}")
    return unit


def require_time(fields: Fields, field: str, time: str | None) -> None:
    if time is None:
        raise fields.error(field, 'needs the items\' time; add time = "ATTRIBUTE"')


def read_timeline(
    fields: Fields, time: str | None, groups: Groups, *, running_total: bool
) -> tuple[int | None, tuple[str, ...]]:
    """Return how wide the finest buckets are, and the groups that have lines of their own."""
    timeline = fields.table("timeline")
    if timeline is None:
        return None, ()
    require_time(fields, "timeline", time)
    if running_total:
        raise fields.error(
            "timeline",
            "cannot be right with running_total: an item that is updated in place takes its whole"
            " sum along to the time of its last change; leave out one of the two",
        )
    seconds = timeline.integer("bucket_seconds", _MIN_BUCKET_SECONDS, _MAX_BUCKET_SECONDS)
    lines = _read_lines(timeline, groups)
    timeline.refuse_unknown()
    return seconds, lines


def _read_lines(timeline: Fields, groups: Groups) -> tuple[str, ...]:
    expected = 'a list of groups, such as lines = ["Red", "Blue"]'
    listed = timeline.get("lines", list, expected)
    if listed is None:
        return ()
    if not listed or len(listed) > _MAX_LINES:
        raise timeline.error(
            "lines", f"has {len(listed)} groups; list 1 to {_MAX_LINES}, or leave it"
        )
    there_are = {*groups.known, *filter(None, (groups.missing, groups.others))}
    lines: list[str] = []
    for value in listed:
        name = clean_group(value) if isinstance(value, str) else ""
        if not name or name in lines:
            raise timeline.error("lines", f"has {quote_value(value)}; write {expected}, each once")
        if groups.known and name not in there_are:
            raise timeline.error(
                "lines", f"has {name!r}, which is not one of `known`; write it as it is there"
            )
        lines.append(name)
    return tuple(lines)
