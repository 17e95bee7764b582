"""What screens show of single items: the latest ones, and thanks for large ones. Pure data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ticker:
    """The latest items. `attributes` is all that may leave the server of an item.

    What a person wrote (all but group, amounts, time and currency) is shown only where the
    attribute `show_if` is true, and never where it has one of the words `never`. Items whose first
    measure is below `least_minor` are not shown.
    """

    length: int
    attributes: tuple[str, ...]
    show_if: str | None = None
    least_minor: int | None = None
    never: tuple[str, ...] = ()

    @property
    def capacity(self) -> int:
        """Items kept, so that the ticker stays full when some of the shown ones are removed."""
        return 2 * self.length


@dataclass(frozen=True)
class Thanks:
    """Screens thank for a single item whose first measure is at least `least_minor`.

    `name` and `comment` are the attributes of the ticker with what the donor wrote, if any.
    """

    least_minor: int
    name: str | None = None
    comment: str | None = None
