"""The items of a totals table: one a group, and one for all groups together."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from aggregates.board import ALL, Board
from aggregates.message import Sums
from aggregates.units import PLAIN
from sinks.totals_errors import TotalsError

# An item as boto3's client has it.
Item = dict[str, dict[str, Any]]

# The attributes of ours; the key and a measure may not have such a name.
_OF_A_GROUP = ("board", "epoch", "version", "verified_at")
_OF_THE_TOTAL = (
    "groups",
    "state",
    "live",
    "reason",
    "as_of",
    "told_at",
    "live_until",
    "writer",
)
# An item may be replaced by one of a later version of the same epoch, or of another epoch that was
# proven later.
_IS_NEWER = (
    "attribute_not_exists(#epoch) OR (#epoch = :epoch AND #version {} :version)"
    " OR (#epoch <> :epoch AND #verified_at < :verified_at)"
)
IS_NEWER = _IS_NEWER.format("<")
IS_NOT_OLDER = _IS_NEWER.format("<=")
NAMES = {f"#{name}": name for name in ("epoch", "version", "verified_at")}


class Stamp(NamedTuple):
    """A version of a board in an epoch, and when that epoch's totals were proven."""

    epoch: str
    version: int
    verified_at: str

    def values(self) -> Item:
        """Return the values of the conditions."""
        return {f":{name}": value for name, value in self.item().items()}

    def item(self) -> Item:
        """Return the attributes."""
        return {
            "epoch": {"S": self.epoch},
            "version": {"N": str(self.version)},
            "verified_at": {"S": self.verified_at},
        }


@dataclass(frozen=True)
class Told:
    """What a totals table says about its figures. `live_until` is empty while they are not live.

    `writer` is the process that says so.
    """

    state: str
    reason: str
    told_at: str
    live_until: str
    writer: str


class Items:
    """Makes and reads the items of a board's totals table, whose key attribute is `key`.

    Raises `TotalsError` if a measure has the name of an attribute of ours.
    """

    def __init__(self, board: Board, key: str) -> None:
        self.board, self.key = board.name, key
        self._units = {measure.name: measure.unit for measure in board.measures}
        self._measures = board.measure_names
        for name in {key, *self._measures} & {*_OF_A_GROUP, *_OF_THE_TOTAL}:
            raise TotalsError(f"a totals table has an attribute {name!r} of its own; rename yours")
        if key in self._measures:
            raise TotalsError(f"the key {key!r} is also a measure; choose another key")

    def make(self, group: str, sums: Sums, stamp: Stamp) -> Item:
        """Return a group's item. Sums are exact decimals of the measure's unit."""
        figures = {
            name: {"N": self._to_decimal(name, sums.get(name, 0))} for name in self._measures
        }
        named = {self.key: {"S": group}, "board": {"S": self.board}}
        return named | figures | stamp.item()

    def make_total(self, sums: Sums, stamp: Stamp, groups: int, told: Told) -> Item:
        """Return the item of all groups together; `groups` is how many there are."""
        item = self.make(ALL, sums, stamp) | tell(told)
        return item | {"groups": {"N": str(groups)}, "as_of": {"S": told.told_at}}

    def read_group(self, item: Item) -> tuple[str, str, Sums]:
        """Return the group, epoch and sums of an item. Raises `TotalsError` if it is not ours."""
        try:
            group, board = item[self.key]["S"], item["board"]["S"]
            if board != self.board:
                raise TotalsError(f"it holds totals of the board {board!r}")
            if group == ALL:
                return ALL, "", {}
            sums = {
                name: self._to_minor(name, item[name]["N"])
                for name in self._measures
                if name in item
            }
            return group, item["epoch"]["S"], sums
        except KeyError as error:
            raise TotalsError(
                f"it holds an item without {error.args[0]!r}, not of a sink"
            ) from None

    def _to_decimal(self, name: str, minor: int) -> str:
        return f"{Decimal(minor).scaleb(-self._units.get(name, PLAIN).exponent):f}"

    def _to_minor(self, name: str, text: str) -> int:
        return int(Decimal(text).scaleb(self._units.get(name, PLAIN).exponent))


def tell(told: Told) -> Item:
    """Return the attributes that say whether the figures are live."""
    texts = {
        "state": told.state,
        "reason": told.reason,
        "told_at": told.told_at,
        "live_until": told.live_until,
        "writer": told.writer,
    }
    item: Item = {name: {"S": text} for name, text in texts.items()}
    return item | {"live": {"BOOL": told.live_until != ""}}


def are_equal(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    """Return whether sums are the same; a measure that is absent is 0."""
    return all(one.get(name, 0) == other.get(name, 0) for name in {*one, *other})
