"""Gifts as the crew sees and types them: items of the table, told by the board's own words."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from aggregates.board import Board
from aggregates.contribution import Contribution, Rejected, contribution_reader
from aggregates.item import read_key
from aggregates.units import format_amount
from donations.image_json import decode_image, encode_image
from donations.money import MoneyError, format_major, parse_money

Image = dict[str, Any]

# What a helper may type into one field.
MAX_FIELD_CHARACTERS = 500
# A gift that is so many times the largest so far is asked about once more.
_FAR_ABOVE = 5
# A random entry is in the form; it becomes the gift's key, so that a form is one gift.
_ENTRY_BYTES = 12


class FormError(ValueError):
    """A form that cannot be taken as it is; the text is for the helper."""


class Gift(NamedTuple):
    """An item for the page. `seen` is what the helper sees of it, for a form to bring back.

    `reason` is why it is not counted, empty where it is.
    """

    key: str
    amount: str
    group: str
    texts: list[str]
    time: str
    reason: str
    seen: str
    is_gone: bool = False


class Field(NamedTuple):
    """A field of a form for one attribute of an item."""

    attribute: str
    label: str
    value: str = ""


@dataclass
class Draft:
    """What was typed into the form to enter a gift."""

    amount: str = ""
    group: str = ""
    extra: Mapping[str, str] | None = None


class GiftForms:
    """Reads and shows the gifts of one board. The board has a sum, and one key attribute."""

    def __init__(self, board: Board) -> None:
        if not board.measures or len(board.key) != 1:
            raise FormError(
                f"gifts cannot be entered on the board {board.name}: that needs one key attribute"
                " and a sum under [measures]"
            )
        self.board = board
        self.measure = board.measures[0]
        self._read = contribution_reader(board)
        named = {board.group_by, board.time, *(m.attribute for m in board.measures), *board.key}
        listed = board.ticker.attributes if board.ticker else ()
        # What a helper may add to a gift: what the ticker shows of it.
        self.extra = [Field(name, _label(name)) for name in listed if name not in named]

    def make_entry(self) -> str:
        """Return what makes a form one gift, however often it is sent."""
        return secrets.token_hex(_ENTRY_BYTES)

    def read_entry(self, form: Mapping[str, Any], now: datetime | None = None) -> Image:
        """Return the item that a form enters; raise `FormError`."""
        entry = _text(form, "entry")
        if len(entry) != 2 * _ENTRY_BYTES or not entry.isalnum():
            raise FormError("This form is from an older page. Load the page again.")
        how = _text(form, "how") or "typed"
        amount = _text(form, "amount") if how == "typed" else how
        group = _text(form, "group") or _text(form, "other_group")
        item: Image = {self.board.key[0]: {"S": f"crew-{entry}"}}
        self._set(item, self.measure.attribute, self._read_amount(amount))
        if group:
            item[self.board.group_by] = {"S": group}
        if self.board.time is not None:
            moment = now or datetime.now(UTC)
            item[self.board.time] = self._write_time(moment)
        if self.board.currency is not None and self.measure.unit.name:
            item[self.board.currency.attribute] = {"S": self.measure.unit.name}
        for field in self.extra:
            if text := _text(form, f"x-{field.attribute}"):
                item[field.attribute] = {"S": text}
        self.count(item)
        return item

    def read_correction(self, seen: Image, form: Mapping[str, Any]) -> dict[str, Any | None]:
        """Return what a form changes of an item, by attribute (None removes it)."""
        changes: dict[str, Any | None] = {}
        for field in self.fields(seen):
            text = _text(form, f"f-{field.attribute}")
            if text == field.value:
                continue
            if field.attribute == self.measure.attribute:
                changes[field.attribute] = self._read_amount(text)
            else:
                changes[field.attribute] = {"S": text} if text else None
        after = {**seen, **{name: value for name, value in changes.items() if value}}
        for name, value in changes.items():
            if value is None:
                after.pop(name, None)
        if changes:
            self.count(after)
        return changes

    def fields(self, item: Image) -> list[Field]:
        """Return the fields in which an item can be corrected."""
        names = [
            (self.measure.attribute, "Amount"),
            (self.board.group_by, _label(self.board.group_by)),
        ]
        names += [(self.board.time, "Time")] if self.board.time else []
        fields = [Field(name, label, self.text(item, name)) for name, label in names]
        return fields + [f._replace(value=self.text(item, f.attribute)) for f in self.extra]

    def count(self, item: Image) -> Contribution | None:
        """Return what the board counts of an item; raise `FormError` where it could not."""
        try:
            contribution = self._read(item)
        except Rejected as error:
            raise FormError(f"The board cannot count this: {error}.") from error
        return contribution

    def show(self, item: Image, *, is_gone: bool = False) -> Gift:
        """Return an item for the page."""
        reason, group, amount = "", self.text(item, self.board.group_by), ""
        try:
            contribution = self._read(item)
            if contribution is not None:
                group = contribution.group
                amount = self.describe(contribution.values[0])
            else:
                reason = "the board leaves it out"
        except Rejected as error:
            reason = str(error)
        return Gift(
            key=read_key(item, self.board.key),
            amount=amount or self.text(item, self.measure.attribute) or "no amount",
            group=group,
            texts=[text for f in self.extra if (text := self.text(item, f.attribute))],
            time=self.text(item, self.board.time) if self.board.time else "",
            reason=reason,
            seen=self.encode_seen(item),
            is_gone=is_gone,
        )

    def describe(self, minor: int) -> str:
        """Return an amount such as `USD 1,250.00`."""
        return f"{self.measure.unit.name} {format_amount(minor, self.measure.unit)}".strip()

    def encode_seen(self, item: Image, *others: str) -> str:
        """Return the part of an item that a helper sees, its key and some others, as text."""
        names = {*self.board.key, *(field.attribute for field in self.fields(item)), *others}
        return encode_image({name: item[name] for name in sorted(names) if name in item})

    def decode_seen(self, text: str) -> Image:
        """Return that part again; raise `FormError` for what is none of it."""
        try:
            seen = decode_image(text)
            read_key(seen, self.board.key)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise FormError("This form is from an older page. Load the page again.") from error
        return seen

    def is_far_above(self, item: Image, largest_minor: int) -> bool:
        """Return whether a gift is far above all others, which are at most `largest_minor`."""
        contribution = self.count(item)
        return (
            contribution is not None
            and largest_minor > 0
            and abs(contribution.values[0]) > _FAR_ABOVE * largest_minor
        )

    def _read_amount(self, text: str) -> dict[str, str]:
        if not text:
            raise FormError("Enter the amount.")
        try:
            minor = parse_money(text, self.measure.unit)
        except MoneyError as error:
            raise FormError(f"The amount is not clear: {error}.") from error
        major = format_major(minor, self.measure.unit)
        value = str(minor) if self.measure.minor else major
        return {"S" if self.measure.text else "N": value}

    def _write_time(self, moment: datetime) -> dict[str, str]:
        if self.board.time_unit == "ms":
            return {"N": str(round(moment.timestamp() * 1000))}
        return {
            "S": moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        }

    def text(self, item: Image, name: str) -> str:
        """Return an attribute as text; empty where there is none."""
        attribute = item.get(name)
        if not attribute:
            return ""
        [(kind, value)] = attribute.items()
        return str(value) if kind in ("S", "N") else json.dumps(value, default=str)

    @staticmethod
    def _set(item: Image, name: str, value: dict[str, str]) -> None:
        item[name] = value


def _text(form: Mapping[str, Any], name: str) -> str:
    """Return a field without blanks at its ends; raise `FormError` for one that is too long."""
    value = form.get(name, "")
    if not isinstance(value, str):
        raise FormError(f"The field {name} holds a file; a text is needed.")
    value = " ".join(value.split())
    if len(value) > MAX_FIELD_CHARACTERS:
        raise FormError(f"A field has more than {MAX_FIELD_CHARACTERS} characters; shorten it.")
    return value


def _label(attribute: str) -> str:
    """Return an attribute's name as a label: `donorName` → `Donor name`."""
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in attribute).replace("_", " ")
    return " ".join(spaced.split()).capitalize()
