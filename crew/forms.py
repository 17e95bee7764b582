"""Reads the crew's forms: into new items of the board's table, or changes of existing ones."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from aggregates.attribute import split_path
from aggregates.board import Measure
from aggregates.contribution import Rejected
from aggregates.item import read_key
from aggregates.message import format_time
from aggregates.units import Unit
from crew.gifts import Gifts, Image
from crew.plain_text import clean_text
from donations.amount_text import AmountError, AmountText, DecimalMark, read_amount_text
from donations.errors import DonationError
from donations.expressions import change_image
from donations.image_json import decode_image
from donations.item import ItemMaker, Parts, explain_outside
from donations.moment import MomentError, parse_moment
from donations.money import find_language_mark, list_accepted, to_money

# The most that one field may hold.
MAX_FIELD_CHARACTERS = 500
# Each form carries a random entry id, which becomes the gift's key: one form is one gift.
_ENTRY_BYTES = 12


class FormError(ValueError):
    """A form has a mistake; the text tells the helper what to correct."""


@dataclass(frozen=True)
class Draft:
    """The values typed into the form that enters a gift."""

    amount: str = ""
    group: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


class Forms:
    """Reads the forms of one board. `no_entry` is why no gift can be entered, empty if one can."""

    def __init__(self, gifts: Gifts) -> None:
        self._gifts = gifts
        self._board = board = gifts.board
        self._maker = ItemMaker(board)
        self.no_entry = ""
        if len(board.key) != 1:
            keys = " and ".join(board.key)
            self.no_entry = (
                f"Gifts cannot be entered on this board: its table has two key attributes, {keys},"
                " and the board does not say what they are for a new gift."
            )
        elif len(board.measures) > 1:
            names = " and ".join(measure.name for measure in board.measures)
            self.no_entry = (
                f"Gifts cannot be entered on this board: it adds up {names}, and this form has one"
                " amount."
            )

    def make_entry(self) -> str:
        """Return a new entry id; a form that is sent repeatedly with it is one gift."""
        return secrets.token_hex(_ENTRY_BYTES)

    def read_draft(self, form: Mapping[str, Any]) -> Draft:
        """Return the typed values, for the form to show again; raise `FormError`."""
        how = _text(form, "how") or "typed"
        amount = _text(form, "amount") if how in ("typed", "back") else how
        group = _text(form, "group") or _text(form, "other_group")
        names = [field.attribute for field in self._gifts.extra]
        return Draft(amount, group, {name: _text(form, f"x-{name}") for name in names})

    def read_entry(
        self, form: Mapping[str, Any], draft: Draft, now: datetime | None = None
    ) -> Image:
        """Return the new item, one that the board counts; raise `FormError`."""
        if self.no_entry:
            raise FormError(self.no_entry)
        entry = _text(form, "entry")
        if len(entry) != 2 * _ENTRY_BYTES or not set(entry) <= set("0123456789abcdef"):
            raise FormError("This form is from an older page. Load the page again.")
        board, code = self._board, None
        amounts: tuple[int, ...] = ()
        if board.measures:
            minor, code = self._read_money(draft.amount)
            amounts = (minor,)
        rules = board.groups
        if not draft.group and rules.missing is None and not rules.skip_missing:
            raise FormError(f"Choose a {board.group_by}, or name another.")
        parts = Parts(
            key=(f"crew-{entry}",),
            moment=now or datetime.now(UTC),
            group=draft.group or None,
            amounts_minor=amounts,
            currency=code,
            attributes={name: text for name, text in draft.extra.items() if text},
        )
        try:
            return self._maker.make_counted(parts)
        except DonationError as error:
            raise FormError(_say(str(error))) from error

    def read_correction(
        self, seen: Image, now: Image, form: Mapping[str, Any]
    ) -> dict[str, Any | None]:
        """Return the changes of an item by top-level attribute (None removes it).

        `seen` is what the helper saw, `now` the whole item. Raises `FormError`, also if the board
        would not count the result.
        """
        after, changes = dict(seen), dict[str, Any | None]()
        for shown in self._gifts.fields(seen):
            name = shown.attribute
            typed = form.get(f"f-{name}", shown.value)
            if isinstance(typed, str) and clean_text(typed) == clean_text(shown.value):
                continue
            text = _text(form, f"f-{name}")
            top = name if name in seen or "." not in name else split_path(name)[0]
            value = self._read_value(name, text, seen)
            after = _put(after, name if top == name else split_path(name), value)
            changes[top] = after.get(top)
        if changes:
            self._require_counted(now, change_image(now, changes))
        return changes

    def decode_seen(self, text: str) -> Image:
        """Return the item as the helper saw it; raise `FormError` for any other text."""
        try:
            seen = decode_image(text)
            read_key(seen, self._board.key)
            self._gifts.fields(seen)
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
            raise FormError("This form is from an older page. Load the page again.") from error
        return seen

    def _require_counted(self, before: Image, after: Image) -> None:
        try:
            contribution = self._maker.check(after)
        except Rejected as error:
            raise FormError(f"The board cannot count this: {error}.") from error
        if contribution is None:
            row = self._gifts.read(before)
            if row.contribution is not None or row.rejected is not None:
                raise FormError(f"The board would leave this out: {explain_outside(self._board)}.")

    def _read_money(self, text: str) -> tuple[int, str | None]:
        measure = self._gifts.measure
        assert measure is not None
        minor, code = self._read_minor(text, measure.unit)
        if minor <= 0:
            raise FormError("Enter an amount above 0. To undo a gift, take it back.")
        return minor, code

    def _read_minor(self, text: str, unit: Unit) -> tuple[int, str | None]:
        """Return an amount in minor units, and its currency if the text names one (else None)."""
        if not text:
            raise FormError("Enter the amount.")
        try:
            amount = read_amount_text(text)
            mark = find_meant_mark(amount, unit, self._board.language)
            accepted = list_accepted(self._board)
            return to_money(amount, unit, mark=mark, accepted=accepted)
        except AmountError as error:
            raise FormError(f"The amount {error}.") from error

    def _read_value(self, name: str, text: str, seen: Image) -> dict[str, Any] | None:
        """Return the typed text as a DynamoDB value; None for an empty field."""
        for measure in self._board.measures:
            if name == measure.attribute:
                return self._read_amount(measure, text, seen)
        if name == self._board.time:
            return self._read_time(text, seen)
        return {"S": text} if text else None

    def _read_amount(self, measure: Measure, text: str, seen: Image) -> dict[str, str]:
        unit = self._gifts.find_unit(seen) if measure.unit.name else measure.unit
        minor, code = self._read_minor(text, unit)
        if code not in (None, unit.name):
            raise FormError(
                f"This gift is in {unit.name or 'plain numbers'}, not in {code}. Take it back and"
                " enter it again."
            )
        number = Decimal(minor).scaleb(0 if measure.is_minor else -unit.exponent)
        # DynamoDB stores numbers normalized.
        return {"S": f"{number:f}"} if measure.is_text else {"N": f"{number.normalize():f}"}

    def _read_time(self, text: str, seen: Image) -> dict[str, str] | None:
        if not text:
            return None
        try:
            moment = parse_moment(text, self._gifts.zone)
        except MomentError as error:
            raise FormError(f"The time {error}.") from error
        if "N" in seen.get(self._board.time or "", {}):
            scale = 1000 if self._board.time_unit == "ms" else 1
            return {"N": str(int(moment.timestamp() * scale))}
        return {"S": format_time(moment)}


def find_meant_mark(
    amount: AmountText, unit: Unit, language: str | None = None
) -> DecimalMark | None:
    """Return which character is the decimal mark in a text such as 1.250; None if that is open.

    Nobody types more decimals than the currency has, so 1.250 CHF is 1,250 francs. The board's
    language decides what that leaves open.
    """
    likely = [
        mark for mark, number in amount.readings.items() if len(number.decimals) <= unit.exponent
    ]
    if len(likely) == 1:
        return likely[0]
    return find_language_mark(language) if language else None


def _put(item: Image, place: str | tuple[str, ...], value: Any) -> Image:
    """Return the item with a new value at a name or a path; None removes what is there."""
    [name, *rest] = [place] if isinstance(place, str) else place
    if not rest:
        changed = {**item, name: value}
        return {key: one for key, one in changed.items() if one is not None}
    inner = _put(item.get(name, {}).get("M", {}), tuple(rest), value)
    return {**item, name: {"M": inner}}


def _text(form: Mapping[str, Any], name: str) -> str:
    """Return a field's cleaned text; raise `FormError` if it is too long or not text."""
    value = form.get(name, "")
    if not isinstance(value, str):
        raise FormError("A field holds a file instead of text. Type the text.")
    if len(value) > 4 * MAX_FIELD_CHARACTERS:
        raise FormError(f"A field has more than {MAX_FIELD_CHARACTERS} characters; shorten it.")
    text = clean_text(value)
    if len(text) > MAX_FIELD_CHARACTERS:
        raise FormError(f"A field has more than {MAX_FIELD_CHARACTERS} characters; shorten it.")
    return text


def _say(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
