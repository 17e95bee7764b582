"""Finds groups that have been silent for unusually long, such as a form that broke."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from crew.gifts import Row

# A group is silent after this many times its usual pause, and at least this long.
_TIMES_USUAL = 8
_LEAST_SECONDS = 10 * 60
# With fewer pauses than this, there is no usual pause.
_LEAST_GIFTS = 5
# Gifts from longer ago say nothing about this evening.
_RECENT_SECONDS = 6 * 3600


class Group(NamedTuple):
    """A group's gifts; `silent` is a text if it has been silent for unusually long, else ""."""

    name: str
    gifts: int
    last: str
    silent: str


def find_silent_groups(
    rows: Iterable[Row], counts: Mapping[str, int], now: datetime, zone: tzinfo
) -> list[Group]:
    """Return all groups, those with the most gifts first; times are in `zone`."""
    times: dict[str, list[float]] = {}
    for row in rows:
        if row.contribution is not None:
            times.setdefault(row.contribution.group, []).append(row.contribution.time_ms / 1000)
    groups = [
        _describe(name, sorted(moments), counts.get(name, len(moments)), now, zone)
        for name, moments in times.items()
    ]
    return sorted(groups, key=lambda group: (-group.gifts, group.name))


def _describe(name: str, moments: list[float], count: int, now: datetime, zone: tzinfo) -> Group:
    last = moments[-1]
    silence = now.timestamp() - last
    said = f"silent for {int(silence // 60)} min" if is_silent(moments, now.timestamp()) else ""
    at = datetime.fromtimestamp(last, UTC).astimezone(zone)
    return Group(name, count, f"{at:%Y-%m-%d %H:%M}" if last else "", said)


def is_silent(moments: Sequence[float], now: float) -> bool:
    """Return whether the pause since the last of some moments is unusually long.

    `moments` are in order, at least one, in seconds like `now`.
    """
    last = moments[-1]
    recent = [moment for moment in moments if moment > last - _RECENT_SECONDS]
    pauses = [later - earlier for earlier, later in pairwise(recent)]
    return (
        len(pauses) >= _LEAST_GIFTS
        and now - last > max(_LEAST_SECONDS, _TIMES_USUAL * median(pauses))
        and now - last < _RECENT_SECONDS
    )
