"""Makes a donation's item for a board's table, with the attribute names of the board's file."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from aggregates.attribute import split_path
from aggregates.board import Board, Measure
from aggregates.contribution import Contribution, Rejected, contribution_reader
from aggregates.message import format_time
from aggregates.units import Unit, currency
from donations.errors import DonationError

# An item in DynamoDB's form: attribute name → {type: value}.
Item = dict[str, dict[str, Any]]


class Parts(NamedTuple):
    """The values of an item.

    `key` has a value for each key attribute of the board, `amounts_minor` one for each measure.
    Amounts of money are in minor units of `currency`, an ISO 4217 code; None means each measure's
    own unit. `attributes` are further attributes, all text; an empty one is left out of the item,
    even if a condition of the board names its value.
    """

    key: tuple[str, ...]
    moment: datetime | None
    group: str | None
    amounts_minor: tuple[int, ...]
    currency: str | None = None
    attributes: Mapping[str, str] = {}


class ItemMaker:
    """Makes the items of one board, and checks that the board counts what was made."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._read = contribution_reader(board)
        self._defaults = _find_defaults(board)
        # Items share equal values, to save memory: a file may have a million items.
        self._encode = lru_cache(maxsize=8192)(_encode_amount)
        self._encode_group = lru_cache(maxsize=1024)(_encode_text)
        self._money_unit = find_money_unit(board)

    def make(self, parts: Parts) -> Item:
        """Return the item; raise `DonationError` if the board does not count its currency."""
        board = self._board
        item: Item = {name: {"S": text} for name, text in parts.attributes.items() if text}
        for name, text in zip(board.key, parts.key, strict=True):
            item[name] = {"S": text}
        if board.time is not None and parts.moment is not None:
            put_value(item, board.time, {"S": format_time(parts.moment)})
        if parts.group:
            put_value(item, board.group_by, self._encode_group(parts.group))
        for measure, minor in zip(board.measures, parts.amounts_minor, strict=True):
            put_value(item, measure.attribute, self._encode(minor, measure, parts.currency))
        if board.currency is not None:
            code = parts.currency or self._money_unit.name
            if code:
                put_value(item, board.currency.attribute, {"S": code})
        elif parts.currency and parts.currency != self._money_unit.name:
            raise DonationError(
                f"the amount is in {parts.currency}; the board {board.name} counts"
                f" {self._money_unit.name or 'plain numbers'}"
            )
        for name, value in self._defaults:
            if name not in item and name not in parts.attributes:
                put_value(item, name, value)
        return item

    def check(self, item: Item) -> Contribution | None:
        """Return the item's contribution, or None if the board leaves it out; raise `Rejected`."""
        return self._read(item)

    def make_counted(self, parts: Parts) -> Item:
        """Return the item; raise `DonationError` if the board would not count it."""
        item, name = self.make(parts), self._board.name
        try:
            contribution = self.check(item)
        except Rejected as error:
            raise DonationError(f"the board {name} would not count this: {error}") from None
        if contribution is None:
            raise DonationError(f"the board {name} leaves this out: {explain_outside(self._board)}")
        return item


def find_money_unit(board: Board) -> Unit:
    """Return the first currency among the units of the board's measures, or else the first unit."""
    units = [measure.unit for measure in board.measures]
    return next((unit for unit in units if unit.name), units[0] if units else Unit("", 0))


def explain_outside(board: Board) -> str:
    """Return a text for a person: which rules of a board leave items out."""
    rules = [f"its [where] asks for {c.attribute}" for c in board.where]
    if board.period is not None:
        rules.append("it counts only the time of its [period]")
    if board.groups.skip_missing:
        rules.append(f"it skips items without {board.group_by}")
    return "; ".join(rules) or "its rules do not include it"


def value_text(attribute: Mapping[str, Any] | None) -> str | None:
    """Return the text or number of a typed value; None for another type or no value."""
    if not attribute:
        return None
    text = attribute.get("S", attribute.get("N"))
    return None if text is None else str(text)


def read_amount_minor(attribute: Mapping[str, Any] | None, measure: Measure, unit: Unit) -> int:
    """Return an amount that the board counts, in minor units of the item's own `unit`."""
    number = Decimal(value_text(attribute) or "0")
    return int(number if measure.is_minor else number.scaleb(unit.exponent))


def _encode_text(text: str) -> dict[str, str]:
    return {"S": text}


def _encode_amount(minor: int, measure: Measure, code: str | None) -> dict[str, str]:
    unit = currency(code) if code and measure.unit.name else measure.unit
    exponent = 0 if measure.is_minor else unit.exponent
    text = f"{Decimal(minor).scaleb(-exponent):f}"
    return {"S": text} if measure.is_text else {"N": text}


def put_value(item: Item, name: str, value: dict[str, Any]) -> None:
    """Set an attribute, or the value at a path into maps such as `amount.value`."""
    if "." not in name:
        item[name] = value
        return
    *maps, last = split_path(name)
    place: dict[str, Any] = item
    for step in maps:
        place = place.setdefault(step, {"M": {}}).setdefault("M", {})
    place[last] = value


_ENCODERS: tuple[tuple[type, Callable[[Any], dict[str, Any]]], ...] = (
    (bool, lambda value: {"BOOL": value}),
    (Decimal, lambda value: {"N": f"{value:f}"}),
    (str, lambda value: {"S": value}),
)


def _find_defaults(board: Board) -> list[tuple[str, dict[str, Any]]]:
    """Return the attributes whose value the board's conditions determine."""
    found = []
    for condition in board.where:
        for value in condition.one_of[:1]:
            encode = next(encode for kind, encode in _ENCODERS if isinstance(value, kind))
            found.append((condition.attribute, encode(value)))
    return found
