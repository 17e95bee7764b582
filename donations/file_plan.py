"""Reads a file of donations into a plan: its items, mistakes and open questions."""

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from aggregates.board import Board
from aggregates.contribution import Rejected
from aggregates.moment import find_zone
from aggregates.outliers import find_outlier_bounds
from aggregates.units import format_amount
from donations.answers import Answers, Question
from donations.columns import Column, Columns, find_columns
from donations.errors import DonationError, Stopped
from donations.evidence import find_style
from donations.identity import SOURCE_ATTRIBUTE, IdMaker, name_source
from donations.item import Item, ItemMaker, Parts, explain_outside
from donations.missing import ask_missing, list_assumed
from donations.open_sheet import open_sheet
from donations.refunds import find_unclear_refunds, settle_refunds
from donations.row_reader import Draft, LeftOut, Mistake, RowReader
from donations.sheet import Line, Sheet

# All mistakes are counted; nobody reads more than this.
_KEPT_MISTAKES = 1_000
_SHOWN_CHARACTERS = 60


class Row(NamedTuple):
    """One donation of a file: its line and its item."""

    line: int
    item: Item


@dataclass
class FilePlan:
    """A file's donations for a board.

    `rows` would be written; they are complete if there are no mistakes and no questions.
    `mistake_count` includes those that `mistakes` has no room for. `makes_ids` is true if the file
    has no ids of its own. `assumed` lists the attributes that were not read from the file.
    """

    path: Path
    board: Board
    source: str
    description: tuple[str, ...]
    word: str
    columns: tuple[Column, ...]
    rows: list[Row] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    mistake_count: int = 0
    questions: list[Question] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    makes_ids: bool = False
    assumed: frozenset[str] = frozenset()

    @property
    def is_clear(self) -> bool:
        """Whether the file can be written: no mistakes, no questions."""
        return not self.mistake_count and not self.questions

    def add_mistakes(self, mistakes: Iterable[Mistake]) -> None:
        """Count mistakes, and keep the first of them."""
        for mistake in mistakes:
            self.mistake_count += 1
            if len(self.mistakes) < _KEPT_MISTAKES:
                self.mistakes.append(mistake)

    def describe_mistake(self, mistake: Mistake) -> str:
        """Return a mistake with its place, such as `line 3: amount is "ten", …`."""
        return f"{self.word} {mistake.line}: {mistake.column} {mistake.text}"


def read_file(
    path: Path,
    board: Board,
    stop: threading.Event,
    answers: Answers = Answers(),  # noqa: B008 - frozen
    *,
    marks_source: bool = True,
) -> FilePlan:
    """Return the plan of a file for a board, with every mistake; write nothing.

    `marks_source` gives each item the name of its list. Raises `FileError` for a file that cannot
    be read at all, and `Stopped` when `stop` is set.
    """
    sheet = open_sheet(path, stop, encoding=answers.encoding, sheet=answers.sheet)
    columns, questions = find_columns(sheet, board, answers)
    plan = FilePlan(
        path=path,
        board=board,
        source=answers.source or name_source(path),
        description=(*sheet.description, _describe_header(sheet, columns)),
        word=sheet.word,
        columns=tuple(columns.by_role.values()),
        questions=questions + ask_missing(board, columns, answers),
        makes_ids=len(board.key) == 1 and columns.place("id") is None,
        assumed=list_assumed(board, columns),
    )
    style, about_style = find_style(_data_rows(sheet, columns), columns, board, answers)
    plan.questions += about_style
    plan.description += style.decided
    if any(question.name.startswith("column:") for question in plan.questions):
        return plan
    reader = RowReader(board, columns, style, answers)
    drafts = _read_drafts(plan, reader, _data_rows(sheet, columns))
    drafts, left_out = settle_refunds(drafts)
    plan.left_out = sorted([*plan.left_out, *left_out], key=lambda row: row.line)
    status = columns.by_role.get("status")
    plan.add_mistakes(find_unclear_refunds(drafts, status.header if status else ""))
    _make_rows(plan, drafts, answers, stop, marks_source=marks_source)
    plan.mistakes.sort(key=lambda mistake: mistake.line)
    if not plan.rows and plan.is_clear and not plan.left_out:
        raise DonationError(f"{path}: has no rows below its header; choose a file with donations")
    return plan


def _data_rows(sheet: Sheet, columns: Columns) -> Iterator[Line]:
    return (line for line in sheet.rows() if line.number > columns.header_number)


def _read_drafts(plan: FilePlan, reader: RowReader, rows: Iterator[Line]) -> list[Draft]:
    drafts: list[Draft] = []
    asks_mark = any(question.name in ("mark", "order") for question in plan.questions)
    for line in rows:
        read = reader.read(line)
        if isinstance(read, LeftOut):
            if read.reason == "a total" and len(plan.board.measures) == 1:
                read = _check_total(plan, read, reader.read_total(line), drafts)
            plan.left_out.append(read)
        elif not read.mistakes:
            drafts.append(read)
        elif not asks_mark:
            # An open question about amounts or dates would show up as a mistake in every row.
            plan.add_mistakes(read.mistakes)
    return drafts


def _check_total(plan: FilePlan, row: LeftOut, said: int | None, drafts: list[Draft]) -> LeftOut:
    """Return a total row with a better reason; note it in the plan if it is not the rows' sum."""
    unit = plan.board.measures[0].unit
    total = sum(draft.money[0] for draft in drafts if draft.money)
    shown = format_amount(total, unit)
    if said is None:
        return row
    if said == total:
        return replace(row, reason=f"a total: {shown}, the sum of the rows above it")
    text = format_amount(said, unit)
    plan.notes.append(
        f"{plan.word} {row.line} says {text}, but the rows above it add up to {shown}"
    )
    return replace(row, reason=f"a total of {text}")


def _make_rows(
    plan: FilePlan,
    drafts: list[Draft],
    answers: Answers,
    stop: threading.Event,
    *,
    marks_source: bool,
) -> None:
    board = plan.board
    maker, ids = ItemMaker(board), IdMaker(plan.source)
    headers = {column.role: column.header for column in plan.columns}
    lines: dict[tuple[str, ...], int] = {}
    given = answers.moment
    if given is not None and given.tzinfo is None:
        given = given.replace(tzinfo=find_zone(board.time_zone))
    is_open = any(question.name in ("group", "moment") for question in plan.questions)
    earliest_ms, latest_ms = find_outlier_bounds(board, time.time())
    odd: list[int] = []
    # Drop each draft once its item is made: a file may have a million of them.
    drafts.reverse()
    while drafts:
        draft = drafts.pop()
        if stop.is_set():
            raise Stopped
        key = draft.key or (ids.make(draft),)
        other = lines.setdefault(key, draft.line)
        if other != draft.line:
            column = headers.get("id", board.key[0])
            shown = key[0][:_SHOWN_CHARACTERS]
            text = f'is "{shown}", as in {plan.word} {other}; give each donation its own id'
            plan.add_mistakes([Mistake(draft.line, column, text)])
            continue
        if is_open:
            continue
        attributes = draft.attributes
        if marks_source:
            attributes = {**attributes, SOURCE_ATTRIBUTE: plan.source}
        try:
            item = maker.make(
                Parts(
                    key=key,
                    moment=draft.moment or given,
                    group=draft.group or answers.group,
                    amounts_minor=draft.money,
                    currency=draft.currency,
                    attributes=attributes,
                )
            )
            counted = maker.check(item)
        except Rejected as error:
            column, problem = _find_column(plan, headers, error.attribute), str(error)
            text = problem.removeprefix(f"{error.attribute} ")
            plan.add_mistakes([Mistake(draft.line, column, f"{text}; correct the {plan.word}")])
        except DonationError as error:
            plan.add_mistakes([Mistake(draft.line, "", str(error))])
        else:
            if counted is None:
                plan.left_out.append(LeftOut(draft.line, explain_outside(board)))
            else:
                plan.rows.append(Row(draft.line, item))
                if not earliest_ms <= counted.time_ms <= latest_ms:
                    odd.append(draft.line)
    if odd:
        some = "1 donation is" if len(odd) == 1 else f"{len(odd):,} donations are"
        plan.notes.append(
            f"{some} dated long ago or in the future, the first in {plan.word} {odd[0]}"
        )


def _find_column(plan: FilePlan, headers: dict[str, str], attribute: str) -> str:
    board = plan.board
    roles = {board.time: "time", board.group_by: "group"}
    roles |= {measure.attribute: f"measure:{measure.name}" for measure in board.measures}
    return headers.get(roles.get(attribute, ""), attribute)


def _describe_header(sheet: Sheet, columns: Columns) -> str:
    export = f", an export of {columns.export}" if columns.export else ""
    if not columns.header_number:
        return "there is no header"
    return f"the header is {sheet.word} {columns.header_number}{export}"
