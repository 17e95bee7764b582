"""A board: what is counted of a table, and what of it is shown. Pure data."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from aggregates.give import NO_GIVE, Give
from aggregates.look import Look
from aggregates.schema import SCHEMA
from aggregates.units import Unit
from aggregates.words import NO_WORDS, Words

# The group that stands for all groups together; a record may not bring a group of this name.
ALL = "ALL"
# The measure that every board has: how many items.
COUNT = "count"

# Redis' Lua numbers are doubles, exact to 2^53. A batch has at most 10,000 records, each of which
# can take one contribution away and put one back: below this, the sums of a batch stay exact.
MAX_VALUE_MINOR = 2**53 // 20_000


@dataclass(frozen=True)
class Measure:
    """A sum over a number attribute, kept in minor units of `unit`.

    `attribute` may be a path into maps, such as `amount.value`. With `is_text` the number may be
    stored as plain decimal text, with `is_minor` as an integer of minor units. A value below
    `least_minor` or above `most_minor` is rejected.
    """

    name: str
    attribute: str
    unit: Unit
    is_text: bool = False
    is_minor: bool = False
    least_minor: int | None = None
    most_minor: int | None = None


class Condition(NamedTuple):
    """What an attribute has to be for an item to count; only what is given is asked for.

    `one_of` are the values it may have: text, numbers and booleans, of which False is met by an
    attribute that is absent or null, too. `least` and `most` bound a number, `begins` is how a text
    begins, `is_present` whether the attribute is there at all.
    """

    attribute: str
    one_of: tuple[str | Decimal | bool, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    begins: str | None = None
    is_present: bool | None = None


class Period(NamedTuple):
    """Items of other times do not count: from `from_ms` on, before `until_ms` (UTC, since 1970)."""

    from_ms: int | None
    until_ms: int | None


class Rate(NamedTuple):
    """What one unit of another currency is worth in the board's unit."""

    currency: str
    rate: Decimal


@dataclass(frozen=True)
class Currency:
    """The attribute that names an item's currency, and the rates that the board fixes."""

    attribute: str
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True)
class Groups:
    """How an attribute names a group.

    `missing` is the group of items without one, `skip_missing` leaves them out. Only what stands
    before `until` counts. `known` are the groups there are, in the order in which they are shown;
    `others` is the group of all that are not among them.
    """

    missing: str | None = None
    skip_missing: bool = False
    until: str | None = None
    known: tuple[str, ...] = ()
    others: str | None = None


@dataclass(frozen=True)
class Goal:
    """What the board wants to reach. `target_minor` and milestones are minor units of `measure`.

    Milestones rise, and end below the target; the target itself is the last thing reached. `names`
    are what happens at a step, where the board says so.
    """

    measure: str
    target_minor: int
    milestones_minor: tuple[int, ...]
    names: tuple[tuple[int, str], ...] = ()

    @cached_property
    def steps_minor(self) -> tuple[int, ...]:
        """The milestones and the target, rising."""
        return (*self.milestones_minor, self.target_minor)


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
class Board:
    """One board, as its TOML file says it.

    `key` names the table's key attributes, partition key first. `time` names the attribute that
    puts an item on the timeline and orders the ticker: ISO 8601 text (in `time_zone` unless it has
    an offset) or a number of seconds (`time_unit` "s") or milliseconds ("ms") since 1970.

    Items that do not meet every condition in `where`, or are outside the period, are outside the
    board: they count for nothing and are no error. `shown` is how many groups a display gets.
    `running_total` says that items are updated in place, so that there is no rate to show.
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
    time_zone: str = "UTC"
    time_unit: str = "s"
    where: tuple[Condition, ...] = ()
    period: Period | None = None
    currency: Currency | None = None
    groups: Groups = Groups()
    shown: int = 50
    running_total: bool = False
    look: Look | None = None
    words: Words = NO_WORDS
    give: Give = NO_GIVE
    language: str | None = None

    @property
    def rank_measure(self) -> str:
        """The measure by which groups are ordered: the first sum, else the number of items."""
        return self.measures[0].name if self.measures else COUNT

    @cached_property
    def measure_names(self) -> tuple[str, ...]:
        """The names of all that is added up: `count`, and the sums."""
        return (COUNT, *(measure.name for measure in self.measures))

    @property
    def known_groups(self) -> tuple[str, ...]:
        """The groups that the board names, in its order; empty where it names none."""
        return self.groups.known

    @cached_property
    def listed(self) -> frozenset[str]:
        """The attributes whose values may leave the server: those of the ticker."""
        return frozenset(self.ticker.attributes if self.ticker else ())

    @property
    def lists_key(self) -> bool:
        """Whether an item's key may leave the server."""
        return self.listed.issuperset(self.key)

    @cached_property
    def definition(self) -> str:
        """A fingerprint of all that decides what an item counts for, and nothing else.

        The ledger holds contributions under one definition; those of another cannot be mixed with
        them. Title, goal, ticker and links can change during an event without touching it. The
        version of the keys is part of it: what an older version counted is counted again.
        """
        groups = self.groups
        counting = (
            SCHEMA,
            self.table,
            self.key,
            self.group_by,
            self.time,
            self.bucket_seconds,
            [
                (
                    m.name,
                    m.attribute,
                    tuple(m.unit),
                    m.is_text,
                    m.is_minor,
                    m.least_minor,
                    m.most_minor,
                )
                for m in self.measures
            ],
            self.time_zone,
            self.time_unit,
            # The order of conditions, rates and known groups decides nothing.
            sorted(map(repr, map(tuple, self.where))),
            tuple(self.period) if self.period else None,
            self.currency and (self.currency.attribute, sorted(map(tuple, self.currency.rates))),
            (groups.missing, groups.skip_missing, groups.until, sorted(groups.known)),
            groups.others,
        )
        return sha256(repr(counting).encode()).hexdigest()[:16]
