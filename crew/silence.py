"""Which group has been silent for unusually long: a form that broke, a line that is cut."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from crew.gifts import Row

# Silent for so many times its usual pause, and for so long at the least.
_TIMES_USUAL = 8
_LEAST_SECONDS = 10 * 60
# Fewer gifts than this have no usual pause.
_LEAST_GIFTS = 5
# What came in so long ago tells nothing of this evening.
_RECENT_SECONDS = 6 * 3600


class Group(NamedTuple):
    """A group's gifts; `silent` says so where it has been silent for unusually long."""

    name: str
    gifts: int
    last: str
    silent: str


def find_silent_groups(
    rows: Iterable[Row], counts: Mapping[str, int], now: datetime, zone: tzinfo
) -> list[Group]:
    """Return all groups, those with the most gifts first; times are shown in a zone."""
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
    recent = [moment for moment in moments if moment > last - _RECENT_SECONDS]
    pauses = [later - earlier for earlier, later in pairwise(recent)]
    is_silent = (
        len(pauses) >= _LEAST_GIFTS
        and silence > max(_LEAST_SECONDS, _TIMES_USUAL * median(pauses))
        and silence < _RECENT_SECONDS
    )
    said = f"silent for {int(silence // 60)} min" if is_silent else ""
    at = datetime.fromtimestamp(last, UTC).astimezone(zone)
    return Group(name, count, f"{at:%Y-%m-%d %H:%M}" if last else "", said)
