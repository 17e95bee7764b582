"""Which group has been silent for unusually long: a form that broke, a line that is cut."""

from collections.abc import Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any, NamedTuple

from crew.gifts import FormError, GiftForms

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
    count: int
    last: str
    silent: str


def find_silent_groups(forms: GiftForms, items: Mapping[str, Any], now: datetime) -> list[Group]:
    """Return all groups, those with the most gifts first."""
    times: dict[str, list[float]] = {}
    for item in items.values():
        try:
            contribution = forms.count(item)
        except FormError:
            continue
        if contribution is not None:
            times.setdefault(contribution.group, []).append(contribution.time_ms / 1000)
    groups = [_describe(name, sorted(moments), now) for name, moments in times.items()]
    return sorted(groups, key=lambda group: (-group.count, group.name))


def _describe(name: str, moments: list[float], now: datetime) -> Group:
    last = moments[-1]
    silence = now.timestamp() - last
    recent = [moment for moment in moments if moment > last - _RECENT_SECONDS]
    pauses = [later - earlier for earlier, later in zip(recent, recent[1:], strict=False)]
    is_silent = (
        len(pauses) >= _LEAST_GIFTS
        and silence > max(_LEAST_SECONDS, _TIMES_USUAL * median(pauses))
        and silence < _RECENT_SECONDS
    )
    said = f"silent for {int(silence // 60)} min" if is_silent else ""
    at = datetime.fromtimestamp(last, UTC)
    return Group(name, len(moments), f"{at:%Y-%m-%d %H:%M} UTC" if last else "", said)
