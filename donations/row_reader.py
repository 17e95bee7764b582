"""Reads one row of a sheet into a draft of a donation, or the reason why it is not one."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from aggregates.board import Board
from aggregates.moment import find_zone
from donations.amount_text import AmountError, read_amount_text
from donations.answers import Answers
from donations.columns import Column, Columns
from donations.currency_names import find_currencies
from donations.evidence import Style
from donations.item import find_money_unit
from donations.moment import MomentError, find_named_zone, parse_moment
from donations.money import Money, list_accepted, to_money
from donations.sheet import Line
from donations.statuses import Verdict, is_gift, is_total, judge_status

_MAX_REPEATED = 60


@dataclass(frozen=True)
class Mistake:
    """A mistake in a cell: row number, column header, what is wrong and how to fix it."""

    line: int
    column: str
    text: str


@dataclass(frozen=True)
class LeftOut:
    """A row that is not a donation, and the reason."""

    line: int
    reason: str


@dataclass(slots=True)
class Draft:
    """A row as it was read, before it has an id. `key` is empty if the file has no ids.

    `moment` and `group` are None if the file does not have them. `money` has one entry per measure
    of the board. If there are `mistakes`, the other fields are not valid.
    """

    line: int
    key: tuple[str, ...] = ()
    moment: datetime | None = None
    group: str | None = None
    money: tuple[int, ...] = ()
    currency: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    verdict: Verdict = "counts"
    reference: str = ""
    mistakes: list[Mistake] = field(default_factory=list)


class RowReader:
    """Reads the rows of one sheet."""

    def __init__(self, board: Board, columns: Columns, style: Style, answers: Answers) -> None:
        self._board = board
        self._columns = columns
        self._style = style
        self._answers = answers
        self._zone = find_zone(board.time_zone)
        self._unit = find_money_unit(board)
        self._accepted = list_accepted(board)
        self._statuses = {name.casefold(): counts for name, counts in answers.statuses.items()}
        self._amounts = [columns.by_role.get(f"measure:{m.name}") for m in board.measures]
        self._attributes = [
            (role.partition(":")[2], column)
            for role, column in columns.by_role.items()
            if role.startswith("attribute:")
        ]
        keys = ["id"] if len(board.key) == 1 else [f"key:{name}" for name in board.key]
        self._keys = [columns.by_role.get(role) for role in keys]
        find = columns.by_role.get
        self._time, self._clock, self._zone_name = find("time"), find("clock"), find("zone")
        self._group, self._currency = find("group"), find("currency")
        self._kind, self._status = find("kind"), columns.status
        self._reference, self._refunded = find("reference"), find("refunded")
        self._main = (*self._amounts, self._time, self._group)
        self._may_miss_group = bool(
            board.groups.missing is not None or board.groups.skip_missing or answers.group
        )
        self._header_width = sum(map(bool, columns.header))
        self._to_money = lru_cache(maxsize=8192)(self._read_money)

    def read(self, line: Line) -> Draft | LeftOut:
        """Return a row's draft, or why the row is not a donation."""
        cells = line.cells
        if tuple(cells) == self._columns.header:
            return LeftOut(line.number, "the header, repeated")
        main = [self._cell(cells, column) for column in self._main]
        if not all(main) and is_total(cells):
            return LeftOut(line.number, "a total")
        has_amount = any(main[: len(self._amounts)])
        if not has_amount and self._header_width > 1 and sum(map(bool, cells)) == 1:
            text = next(filter(None, cells))
            return LeftOut(line.number, f'a line of text: "{text[:_MAX_REPEATED]}"')
        kind = self._cell(cells, self._kind)
        if kind and not is_gift(kind):
            return LeftOut(line.number, f"its type is {kind}")
        status = self._cell(cells, self._status)
        verdict = judge_status(status)
        if verdict == "unknown":
            verdict = "counts" if self._statuses.get(status.casefold(), True) else "left out"
        if verdict == "left out":
            return LeftOut(line.number, f"its status is {status}")
        draft = Draft(line.number, verdict=verdict)
        self._read_key(draft, cells)
        self._read_amounts(draft, cells)
        self._read_moment(draft, cells)
        self._read_group(draft, cells)
        draft.reference = self._cell(cells, self._reference)
        for name, column in self._attributes:
            draft.attributes[name] = self._cell(cells, column)
        return draft

    def read_total(self, line: Line) -> int | None:
        """Return the sum in a row of totals; None if it has none."""
        try:
            text = self._cell(line.cells, self._amounts[0])
            return self._to_money(text, "", self._board.measures[0].name).minor if text else None
        except AmountError:
            return None

    @staticmethod
    def _cell(cells: list[str], column: Column | None) -> str:
        return cells[column.place] if column is not None and column.place < len(cells) else ""

    def _read_key(self, draft: Draft, cells: list[str]) -> None:
        if any(column is None for column in self._keys):
            return
        values = []
        for column in self._keys:
            assert column is not None
            text = self._cell(cells, column)
            if not text:
                draft.mistakes.append(
                    Mistake(draft.line, column.header, "is empty; give each donation its own id")
                )
            elif len(text.encode()) > 1024:
                draft.mistakes.append(Mistake(draft.line, column.header, "is too long for an id"))
            values.append(text)
        draft.key = tuple(values)

    def _read_amounts(self, draft: Draft, cells: list[str]) -> None:
        code = self._cell(cells, self._currency)
        money = []
        for column, measure in zip(self._amounts, self._board.measures, strict=True):
            if column is None:
                return
            text = self._cell(cells, column)
            if not text:
                draft.mistakes.append(
                    Mistake(
                        draft.line, column.header, "is empty; write the amount, or remove the row"
                    )
                )
                continue
            try:
                value = self._to_money(text, code, measure.name)
                refunded = self._cell(cells, self._refunded)
                if refunded:
                    value = self._take_off(
                        draft, value, self._to_money(refunded, code, measure.name)
                    )
            except AmountError as error:
                draft.mistakes.append(Mistake(draft.line, column.header, str(error)))
                continue
            money.append(value.minor)
            if measure.unit.name:
                draft.currency = value.currency
        draft.money = tuple(money)

    @staticmethod
    def _take_off(draft: Draft, given: Money, refunded: Money) -> Money:
        """Return what remains of a gift after a refund; adjust the draft's verdict."""
        if refunded.minor:
            draft.verdict = "counts" if given.minor != refunded.minor else "refunded"
        return given._replace(minor=given.minor - refunded.minor)

    def _read_money(self, text: str, code: str, measure_name: str) -> Money:
        measure = next(m for m in self._board.measures if m.name == measure_name)
        if not measure.unit.name:
            code = ""
        amount = read_amount_text(text)
        named = None
        if code:
            codes = find_currencies(code)
            if codes is None:
                raise AmountError(f'is in "{code[:_MAX_REPEATED]}", which is not a currency')
            named = self._unit.name if self._unit.name in codes else min(codes)
        elif amount.currencies is None and measure.unit.name:
            column = self._columns.by_role[f"measure:{measure.name}"]
            amount = amount._replace(currencies=column.details.currencies)
        accepted = self._accepted if measure.unit.name else {}
        value = to_money(
            amount, measure.unit, mark=self._style.mark, accepted=accepted, named=named
        )
        return value._replace(currency=None) if value.currency == self._unit.name else value

    def _read_moment(self, draft: Draft, cells: list[str]) -> None:
        column = self._time
        if column is None:
            return
        text = self._cell(cells, column)
        if not text:
            draft.mistakes.append(
                Mistake(draft.line, column.header, "is empty; write the date and time")
            )
            return
        clock, zone = self._cell(cells, self._clock), self._zone
        name = self._cell(cells, self._zone_name)
        try:
            if column.details.is_utc:
                zone = UTC
            elif name:
                found = find_named_zone(name, zone)
                if found is None:
                    raise MomentError(f'is in the time zone "{name}", which is not known')
                zone = found
            # Use the clock column only if the time column has no time of day.
            if clock and ":" not in text.removesuffix(" 00:00:00"):
                text = f"{text.removesuffix(' 00:00:00')} {clock}"
            draft.moment = parse_moment(text, zone, self._style.order)
        except MomentError as error:
            draft.mistakes.append(Mistake(draft.line, column.header, str(error)))

    def _read_group(self, draft: Draft, cells: list[str]) -> None:
        column = self._group
        draft.group = self._cell(cells, column) or None
        if column is not None and draft.group is None and not self._may_miss_group:
            draft.mistakes.append(Mistake(draft.line, column.header, "is empty; fill it in"))
