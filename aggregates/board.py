"""A board: what is counted of a table, and what of it is shown. Pure data."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from aggregates.schema import SCHEMA
from aggregates.units import Unit

# The group that stands for all groups together; a record may not bring a group of this name.
ALL = "ALL"
# The measure that every board has: how many items.
COUNT = "count"

# Redis' Lua numbers are doubles, exact to 2^53. A batch has at most 10,000 records, each of which
# can take one contribution away and put one back: below this, the sums of a batch stay exact.
MAX_VALUE_MINOR = 2**53 // 20_000


@dataclass(frozen=True)
class Measure:
    """A sum over a number attribute, kept in minor units of `unit`."""

    name: str
    attribute: str
    unit: Unit


@dataclass(frozen=True)
class Goal:
    """What the board wants to reach. `target_minor` and milestones are minor units of `measure`.

    Milestones rise, and end below the target; the target itself is the last thing reached.
    """

    measure: str
    target_minor: int
    milestones_minor: tuple[int, ...]

    @cached_property
    def steps_minor(self) -> tuple[int, ...]:
        """The milestones and the target, rising."""
        return (*self.milestones_minor, self.target_minor)


@dataclass(frozen=True)
class Ticker:
    """The latest items. `attributes` is all that may leave the server of an item."""

    length: int
    attributes: tuple[str, ...]

    @property
    def capacity(self) -> int:
        """Items kept, so that the ticker stays full when some of the shown ones are removed."""
        return 2 * self.length


@dataclass(frozen=True)
class Board:
    """One board, as its TOML file says it.

    `key` names the table's key attributes, partition key first. `time` names the attribute that
    puts an item on the timeline and orders the ticker: ISO 8601 text (UTC unless it has an offset)
    or a number of seconds since 1970.
    """

    name: str
    title: str
    table: str
    key: tuple[str, ...]
    group_by: str
    measures: tuple[Measure, ...]
    time: str | None = None
    goal: Goal | None = None
    bucket_seconds: int | None = None
    ticker: Ticker | None = None
    donate_url: str | None = None
    shown: int = 50
    running_total: bool = False

    @property
    def rank_measure(self) -> str:
        """The measure by which groups are ordered: the first sum, else the number of items."""
        return self.measures[0].name if self.measures else COUNT

    @cached_property
    def definition(self) -> str:
        """A fingerprint of all that decides what an item counts for, and nothing else.

        The ledger holds contributions under one definition; those of another cannot be mixed with
        them. Title, goal, ticker and links can change during an event without touching it.
        """
        counting = (
            SCHEMA,
            self.table,
            self.key,
            self.group_by,
            self.time,
            self.bucket_seconds,
            [(m.name, m.attribute, tuple(m.unit)) for m in self.measures],
        )
        return sha256(repr(counting).encode()).hexdigest()[:16]
