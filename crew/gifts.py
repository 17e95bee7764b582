"""Gifts as the crew sees them: the table's items, read by the board's rules."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple

from aggregates.attribute import find, read_type, split_path
from aggregates.board import Board
from aggregates.contribution import Contribution, Rejected, contribution_reader
from aggregates.item import read_key
from aggregates.moment import find_zone
from aggregates.shown import list_safe
from aggregates.units import Unit, currency
from crew.plain_text import show_plain
from crew.written import list_written, write_amount, write_number
from donations.image_json import encode_image
from donations.item import explain_outside, find_money_unit, read_amount_minor, value_text

Image = dict[str, Any]


class Field(NamedTuple):
    """A form field: the attribute's name (or path) in the item, its label, its value as text."""

    attribute: str
    label: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An item and its contribution to the board; None if the board leaves it out or rejects it."""

    key: str
    item: Image
    contribution: Contribution | None
    rejected: Rejected | None
    # The donor's texts, and whether they are approved (None: not decided).
    texts: tuple[str, ...]
    approved: bool | None
    # The text that a search looks in, casefolded.
    search: str

    @property
    def order(self) -> tuple[int, str]:
        """The sort key of a row: its time, then its key."""
        return (self.contribution.time_ms if self.contribution else 0, self.key)


class Gift(NamedTuple):
    """An item for a page. `seen` is the state that the helper sees, for the form to send back.

    `reason` says why it is not counted, empty if it is; `fix` says what to do about it.
    """

    key: str
    amount: str
    group: str
    texts: tuple[str, ...]
    time: str
    reason: str
    fix: str
    seen: str
    is_gone: bool = False


class Gifts:
    """Reads and shows the gifts of one board."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.measure = board.measures[0] if board.measures else None
        self.zone: tzinfo = find_zone(board.time_zone)
        self._read = contribution_reader(board)
        self._money_unit = find_money_unit(board)
        ticker = board.ticker
        ruled = {condition.attribute for condition in board.where} | {*board.key}
        ruled |= list_safe(board) | ({ticker.show_if} if ticker and ticker.show_if else set())
        # A helper may edit the texts that the ticker shows.
        self.extra = [
            Field(name, label_attribute(name))
            for name in (ticker.attributes if ticker else ())
            if name not in ruled
        ]

    def read_key(self, item: Image) -> str:
        """Return the text that identifies an item; raise `ValueError` if it has no key."""
        return read_key(item, self.board.key)

    def read(self, item: Image) -> Row:
        """Return an item with its contribution; raise `ValueError` if it has no key."""
        key, rejected, contribution = self.read_key(item), None, None
        try:
            contribution = self._read(item)
        except Rejected as error:
            rejected = error
        amount = self.describe_amount(item, contribution)
        texts = tuple(text for f in self.extra if (text := self.text(item, f.attribute)))
        group = contribution.group if contribution else ""
        written = list_written(amount, self.board.language)
        found_by = (key, group, *written, self.show_time(item), *texts)
        search = "\n".join(found_by).casefold()
        return Row(key, item, contribution, rejected, texts, self._read_approval(item), search)

    def show(self, row: Row, *, is_gone: bool = False) -> Gift:
        """Return a row for a page."""
        item, reason, fix = row.item, "", ""
        if row.rejected is not None:
            reason, fix = str(row.rejected), self._explain_fix(row.rejected)
        elif row.contribution is None:
            reason = f"the board leaves it out: {explain_outside(self.board)}"
        return Gift(
            key=row.key,
            amount=self.describe_amount(item, row.contribution) or "no amount",
            group=row.contribution.group if row.contribution else self._text_of_group(item),
            texts=row.texts,
            time=self.show_time(item),
            reason=show_plain(reason),
            fix=fix,
            seen=self.encode_seen(item),
            is_gone=is_gone,
        )

    def fields(self, item: Image) -> list[Field]:
        """Return the fields of the form that corrects an item."""
        board, fields = self.board, []
        for measure in board.measures:
            label = "Amount" if measure is self.measure else label_attribute(measure.name)
            fields.append(Field(measure.attribute, label, self._text_of_amount(item, measure)))
        by = board.group_by
        fields.append(Field(by, label_attribute(by), self._text_of_group(item)))
        if board.time is not None:
            fields.append(Field(board.time, "Time", self.show_time(item)))
        return fields + [f._replace(value=self.text(item, f.attribute)) for f in self.extra]

    def find_unit(self, item: Image) -> Unit:
        """Return the unit of an item's amount: its own currency, or else the board's."""
        rule = self.board.currency
        code = self.text(item, rule.attribute).strip().upper() if rule else ""
        try:
            return currency(code) if code else self._money_unit
        except KeyError:
            return self._money_unit

    def describe(self, minor: int) -> str:
        """Return an amount in the board's unit, such as `USD 1,250.00`."""
        unit = self.measure.unit if self.measure else Unit("", 0)
        return f"{unit.name} {write_amount(minor, unit, self.board.language)}".strip()

    def describe_amount(self, item: Image, contribution: Contribution | None) -> str:
        """Return an item's amount in its own currency, and in the board's if that differs."""
        if self.measure is None:
            return ""
        unit = self.find_unit(item) if self.measure.unit.name else self.measure.unit
        written = value_text(self._find(item, self.measure.attribute))
        if contribution is None:
            return show_plain(f"{unit.name} {written[:40]}".strip()) if written else ""
        counted = self.describe(contribution.values[0])
        if unit == self.measure.unit:
            return counted
        minor = read_amount_minor(self._find(item, self.measure.attribute), self.measure, unit)
        return f"{unit.name} {write_amount(minor, unit, self.board.language)} = {counted}"

    def text(self, item: Image, name: str) -> str:
        """Return an attribute as plain text for a form; empty if it is absent."""
        attribute = self._find(item, name) if name else None
        kind, value = read_type(attribute)
        if kind in ("S", "N"):
            return show_plain(str(value))
        return show_plain(json.dumps(value, default=str)) if kind and kind != "NULL" else ""

    def show_time(self, item: Image) -> str:
        """Return an item's time in the board's time zone; as stored if it cannot be read.

        The format is `2026-11-21 20:04:11`.
        """
        text = self.text(item, self._time)
        moment = self.find_moment(item)
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M:%S}" if moment else text

    def find_moment(self, item: Image) -> datetime | None:
        """Return an item's time; None if it has none that can be read."""
        kind, value = read_type(self._find(item, self._time) if self._time else None)
        try:
            if kind == "S":
                moment = datetime.fromisoformat(value)
                return moment.replace(tzinfo=self.zone) if moment.tzinfo is None else moment
            if kind == "N":
                scale = 1000 if self.board.time_unit == "ms" else 1
                return datetime.fromtimestamp(float(value) / scale, UTC)
        except (ValueError, OverflowError, OSError):
            return None
        return None

    def encode_seen(self, item: Image, *others: str) -> str:
        """Return the attributes that a helper sees, the key and `others` as text for a form."""
        names = {*self.board.key, *(field.attribute for field in self.fields(item)), *others}
        names |= {self.board.currency.attribute} if self.board.currency else set()
        tops = {name if name in item else split_path(name)[0] for name in names if "." in name}
        tops |= {name for name in names if "." not in name}
        seen = encode_image({name: item[name] for name in tops if name in item})
        # ASCII survives the round trip through a form unchanged, whatever the donors wrote.
        return json.dumps(json.loads(seen), separators=(",", ":"))

    def _read_approval(self, item: Image) -> bool | None:
        ticker = self.board.ticker
        if ticker is None or ticker.show_if is None:
            return None
        found = read_type(self._find(item, ticker.show_if))
        return found[1] if found[0] == "BOOL" else None

    @property
    def _time(self) -> str:
        return self.board.time or ""

    def _find(self, item: Mapping[str, Any], name: str) -> Any:
        try:
            return find(item, name, split_path(name))
        except (AttributeError, TypeError):
            return None

    def _text_of_group(self, item: Image) -> str:
        return self.text(item, self.board.group_by)

    def _text_of_amount(self, item: Image, measure: Any) -> str:
        """Return an amount as a person types it; as stored if it is not an amount."""
        attribute, text = self._find(item, measure.attribute), self.text(item, measure.attribute)
        unit = self.find_unit(item) if measure.unit.name else measure.unit
        try:
            number = Decimal(text).scaleb(-unit.exponent if measure.is_minor else 0)
            exact = Decimal(read_amount_minor(attribute, measure, unit)).scaleb(-unit.exponent)
        except (ArithmeticError, ValueError):
            return text
        return write_number(exact, self.board.language) if exact == number else text

    def _explain_fix(self, error: Rejected) -> str:
        for field in self.fields({}):
            if field.attribute == error.attribute:
                return f"Open the gift and correct “{field.label}”. Then it counts."
        return "This cannot be corrected here. Correct it in the table, or take the gift back."


def label_attribute(name: str) -> str:
    """Return an attribute's name as a label: `donorName` → `Donor name`."""
    last = name.rpartition(".")[2] or name
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in last).replace("_", " ")
    return show_plain(" ".join(spaced.split()).capitalize())
