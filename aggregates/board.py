"""A board: what is counted from a table, and what is shown. Pure data."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from aggregates.give import NO_GIVE, Give
from aggregates.look import Look
from aggregates.schema import SCHEMA
from aggregates.ticker import Thanks as Thanks
from aggregates.ticker import Ticker as Ticker
from aggregates.units import Unit
from aggregates.words import NO_WORDS, Words

# The group that stands for all groups together; an item may not have a group of this name.
ALL = "ALL"
# The measure that every board has: the number of items.
COUNT = "count"
# How the names of what goes to a line begin; no measure's name begins so.
LINE = "@"

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
    """A condition on an attribute that an item must meet to count; None and () ask for nothing.

    `one_of` lists the allowed values: text, numbers and booleans; an absent or null attribute also
    meets False. `least` and `most` bound a number, `begins` is the beginning of a text, and
    `is_present` says whether the attribute must exist.
    """

    attribute: str
    one_of: tuple[str | Decimal | bool, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    begins: str | None = None
    is_present: bool | None = None


class Period(NamedTuple):
    """The time in which items count: from `from_ms`, before `until_ms` (ms since 1970, UTC)."""

    from_ms: int | None
    until_ms: int | None


class Rate(NamedTuple):
    """The worth of one unit of another currency in the board's unit."""

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

    `missing` is the group of items without one; `skip_missing` leaves them out. Only the text
    before `until` is used. `known` lists the groups in the order they are shown; `others` is the
    group for items whose group is not in that list, `skip_others` leaves these out. `is_contest`
    says that groups compete, which decides how they are shown.
    """

    missing: str | None = None
    skip_missing: bool = False
    until: str | None = None
    known: tuple[str, ...] = ()
    others: str | None = None
    skip_others: bool = False
    is_contest: bool = False


@dataclass(frozen=True)
class Goal:
    """The board's goal. `target_minor` and milestones are minor units of `measure`.

    Milestones rise and stay below the target; the target is the last step. `names` says what
    happens at a step, by the step's value.
    """

    measure: str
    target_minor: int
    milestones_minor: tuple[int, ...]
    names: tuple[tuple[int, str], ...] = ()

    @cached_property
    def steps_minor(self) -> tuple[int, ...]:
        """The milestones and the target, in rising order."""
        return (*self.milestones_minor, self.target_minor)


@dataclass(frozen=True)
class Board:
    """One board, as its TOML file defines it.

    `key` names the table's key attributes, partition key first. `time` names the attribute that
    puts an item on the timeline and orders the ticker: ISO 8601 text (in `time_zone` unless it has
    an offset) or a number of seconds (`time_unit` "s") or milliseconds ("ms") since 1970.

    Items that do not meet every condition in `where`, or are outside the period, are outside the
    board: they are not counted, and that is not an error. `shown` is how many groups a display
    gets. `running_total` says that items are updated in place, so there is no rate to show.
    `is_rehearsal` says that test money of payment providers may count. `lines` are the groups whose
    first sum the timeline follows apart from the others.
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
    lines: tuple[str, ...] = ()
    ticker: Ticker | None = None
    thanks: Thanks | None = None
    donate_url: str | None = None
    time_zone: str = "UTC"
    time_unit: str = "s"
    where: tuple[Condition, ...] = ()
    period: Period | None = None
    currency: Currency | None = None
    groups: Groups = Groups()
    shown: int = 50
    running_total: bool = False
    is_rehearsal: bool = False
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
        """The names of all measures: `count`, and the sums."""
        return (COUNT, *(measure.name for measure in self.measures))

    @cached_property
    def counted_names(self) -> tuple[str, ...]:
        """The names of all that Redis adds up: the measures, then what goes to each line."""
        return (*self.measure_names, *(f"{LINE}{n}" for n in range(1, len(self.lines) + 1)))

    @property
    def known_groups(self) -> tuple[str, ...]:
        """The groups that the board names, in its order; empty if it names none."""
        return self.groups.known

    @cached_property
    def listed(self) -> frozenset[str]:
        """The attributes whose values may leave the server: the ticker's attributes."""
        return frozenset(self.ticker.attributes if self.ticker else ())

    @property
    def lists_key(self) -> bool:
        """Whether an item's key may leave the server."""
        return self.listed.issuperset(self.key)

    @cached_property
    def definition(self) -> str:
        """A fingerprint of everything that decides what an item counts for, and nothing else.

        The ledger holds contributions under one definition; they cannot be mixed with those of
        another. Title, goal, ticker and links can change during an event without changing it. The
        schema version is part of it: what an older version counted is counted again.
        """
        groups = self.groups
        counting: tuple[object, ...] = (
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
            # The order of conditions, rates and known groups does not matter.
            sorted(map(repr, map(tuple, self.where))),
            tuple(self.period) if self.period else None,
            self.currency and (self.currency.attribute, sorted(map(tuple, self.currency.rates))),
            (groups.missing, groups.skip_missing, groups.until, sorted(groups.known)),
            groups.others,
        )
        # What no board had before is told apart only where a board has it: the totals of others
        # stay as they are.
        if groups.skip_others or self.lines:
            counting = (*counting, groups.skip_others, self.lines)
        return sha256(repr(counting).encode()).hexdigest()[:16]
