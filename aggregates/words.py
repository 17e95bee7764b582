"""The event's own words, where the display has others. Pure data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """`item` is what is counted, by the plural categories of CLDR (`one`, `few`, `other`, …).

    `group` is what a group is, such as "team"; `headings` are the panels' own, by panel.
    """

    item: tuple[tuple[str, str], ...] = ()
    group: str | None = None
    headings: tuple[tuple[str, str], ...] = ()


NO_WORDS = Words()
