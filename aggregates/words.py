"""The event's own words, in place of the display's. Pure data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The event's words: `item` names what is counted, by CLDR plural category (`one`, `few`, …).

    `group` names a group, such as "team"; `headings` are headings by panel.
    """

    item: tuple[tuple[str, str], ...] = ()
    group: str | None = None
    headings: tuple[tuple[str, str], ...] = ()


NO_WORDS = Words()
