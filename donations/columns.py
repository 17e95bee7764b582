"""Finds the role of each column of a sheet: by a person's answer, its name or its content."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import islice

from aggregates.board import Board
from donations.amount_text import AmountError, read_amount_text
from donations.answers import Answers, Choice, Question
from donations.column_names import Header, find_export, read_header
from donations.moment import MomentError, find_order, parse_moment
from donations.roles import Role, label_role, list_roles, read_said
from donations.sheet import Line, Sheet
from donations.source import FileError

# A report may have its title, dates and filters above the header.
_HEADER_ROWS = 50
_SAMPLE_ROWS = 300
_EXAMPLES = 3
_SHOWN_HEADERS = 20
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Column:
    """A column of a sheet at `place` (counted from 0), and how it was recognized."""

    role: str
    place: int
    header: str
    found: str
    examples: tuple[str, ...] = ()

    @property
    def details(self) -> Header:
        """The header's plain name, with the currency and the time zone that it also names."""
        return read_header(self.header)


@dataclass(frozen=True)
class Columns:
    """The columns of a sheet by role; `header_number` is the header's row, 0 without a header."""

    by_role: dict[str, Column]
    header_number: int
    header: tuple[str, ...]
    export: str | None

    @property
    def status(self) -> Column | None:
        """The column that says which rows were paid; None if a condition of the board reads it."""
        column = self.by_role.get("status")
        asked = {c.place for role, c in self.by_role.items() if role.startswith("attribute:")}
        return None if column is None or column.place in asked else column

    def place(self, role: str) -> int | None:
        """Return the place of a role's column; None if the sheet has none."""
        column = self.by_role.get(role)
        return None if column is None else column.place


def find_columns(sheet: Sheet, board: Board, answers: Answers) -> tuple[Columns, list[Question]]:
    """Return the columns by role, and questions about needed ones that are not clear.

    Raises `FileError` for a sheet without rows, and for an answer that names an unknown column.
    """
    roles = list_roles(board)
    top = list(islice(sheet.rows(), _HEADER_ROWS + _SAMPLE_ROWS))
    if not top:
        raise FileError(f"{sheet.path}: is empty; its first line must name the columns")
    at = _find_header(top[:_HEADER_ROWS], roles, answers, board)
    header = () if at is None else tuple(top[at].cells)
    sample = top if at is None else top[at + 1 :]
    finder = _Finder(sheet, board, header, sample)
    said = read_said(answers, board, roles)
    for name, text in said.items():
        finder.take_said(name, text)
    for role in roles:
        if role.name not in said:
            finder.take_named(role)
    finder.take_by_content(said)
    asked = [finder.ask(role) for role in roles if role.is_needed and role.name not in said]
    questions = [question for question in asked if question is not None]
    names = frozenset(read_header(cell).name for cell in header)
    number = 0 if at is None else top[at].number
    return Columns(finder.found, number, header, find_export(names)), questions


class _Finder:
    def __init__(
        self, sheet: Sheet, board: Board, header: tuple[str, ...], sample: Sequence[Line]
    ) -> None:
        self._sheet = sheet
        self._board = board
        self._header = header
        self._headers = [read_header(cell).name for cell in header]
        self._sample = sample
        self._width = max((len(line.cells) for line in sample), default=len(header))
        self.found: dict[str, Column] = {}
        self._doubled: dict[str, list[int]] = {}

    def take_said(self, role: str, text: str) -> None:
        """Assign the column that a person named for a role, by header or number."""
        wanted = text.strip()
        places = [p for p, cell in enumerate(self._header) if cell.casefold() == wanted.casefold()]
        if not places:
            name = read_header(wanted).name
            places = [
                place for place, header in enumerate(self._headers) if name and header == name
            ]
        if (
            not places
            and wanted.isdecimal()
            and 1 <= int(wanted) <= max(self._width, len(self._header))
        ):
            places = [int(wanted) - 1]
        if not places:
            raise FileError(
                f'{self._sheet.path}: has no column "{text}"; it has {self._describe_header()}'
            )
        self._take(role, places[0], "as you said")

    def take_named(self, role: Role) -> None:
        """Assign the column whose header is the most likely name of a role."""
        used = {column.place for column in self.found.values()}
        exact = [name.casefold() for name in role.exact]
        for place, cell in enumerate(self._header):
            # One column may be both an attribute in the board's conditions and the status.
            is_free = place not in used or role.name.startswith("attribute:")
            if cell.casefold() in exact and is_free:
                self._take(role.name, place, "by its name")
                return
        for name in role.names:
            places = [
                p for p, header in enumerate(self._headers) if header == name and p not in used
            ]
            if len(places) > 1 and role.is_needed:
                self._doubled[role.name] = places
            if places:
                self._take(role.name, places[0], "by its name")
                return

    def take_by_content(self, said: dict[str, str]) -> None:
        """Assign the amount, time and group by content, each only if a single column fits."""
        measures = [f"measure:{measure.name}" for measure in self._board.measures]
        wanted = [("time", _is_moment)] if self._board.time is not None else []
        wanted += [(measures[0], _is_amount)] if len(measures) == 1 else []
        known = {name.casefold() for name in self._board.known_groups}
        if known:
            wanted.append(("group", lambda text: text.casefold() in known))
        for role, fits in wanted:
            if role in self.found or role in said:
                continue
            used = {column.place for column in self.found.values()}
            places = [
                place
                for place in range(self._width)
                if place not in used
                and (cells := self._cells(place))
                and sum(map(fits, cells)) >= 0.9 * len(cells)
            ]
            if len(places) == 1:
                self._take(role, places[0], "by its content")

    def ask(self, role: Role) -> Question | None:
        """Return the question which column has a needed role; None if that is clear."""
        label = label_role(role.name)
        places = self._doubled.get(role.name)
        if places is not None:
            numbers = [str(place + 1) for place in places]
            return Question(
                name=f"column:{label}",
                text=(
                    f"Columns {' and '.join(numbers)} are called"
                    f' "{self.found[role.name].header}".'
                    f" Which is the {label}?"
                ),
                flag=" or ".join(f"--column {label}={number}" for number in numbers),
                choices=tuple(Choice(number, f"column {number}") for number in numbers),
            )
        if role.name in self.found:
            return None
        return Question(
            name=f"column:{label}",
            text=f"Which column is the {label}? The columns are {self._describe_header()}.",
            flag=f"--column {label}=…",
        )

    def _take(self, role: str, place: int, how: str) -> None:
        named = place < len(self._header) and self._header[place]
        header = named[:_SHOWN_CHARACTERS] if named else f"column {place + 1}"
        examples = tuple(dict.fromkeys(self._cells(place)))[:_EXAMPLES]
        self.found[role] = Column(role, place, header, how, examples)

    def _cells(self, place: int) -> list[str]:
        return [
            line.cells[place]
            for line in self._sample
            if place < len(line.cells) and line.cells[place]
        ]

    def _describe_header(self) -> str:
        names = [cell[:40] for cell in self._header if cell] or [
            f"column {number}" for number in range(1, self._width + 1)
        ]
        more = f" and {len(names) - _SHOWN_HEADERS} more" if len(names) > _SHOWN_HEADERS else ""
        return ", ".join(names[:_SHOWN_HEADERS]) + more


def _find_header(
    top: Sequence[Line], roles: Sequence[Role], answers: Answers, board: Board
) -> int | None:
    """Return the row that names the columns; None if there is no header."""
    said = {read_header(text).name for text in answers.columns.values() if not text.isdecimal()}
    best, best_score = None, 0
    for at, line in enumerate(top):
        names = {read_header(cell).name for cell in line.cells if cell}
        score = sum(1 for role in roles if names.intersection(role.names)) + 2 * len(names & said)
        # A header has at least two known names; a single one may be a report's title.
        if score > best_score and (score > 1 or len(roles) < 4 or len(names) == 1):
            best, best_score = at, score
    if best is not None:
        return best
    cells = top[0].cells
    has_values = any(map(_is_amount, cells)) and (board.time is None or any(map(_is_moment, cells)))
    if has_values:
        return None
    return next((at for at, line in enumerate(top) if sum(map(bool, line.cells)) > 1), 0)


def _is_amount(text: str) -> bool:
    try:
        amount = read_amount_text(text)
    except AmountError:
        return False
    # A long number without decimals is an id, a phone number or a time.
    return not re.fullmatch(r"\d{7,}", text) and not amount.is_negative


def _is_moment(text: str) -> bool:
    try:
        order = next(iter(find_order(text)), None)
        parse_moment(text, UTC, order)
    except (MomentError, ValueError):
        return False
    return not re.fullmatch(r"[\d.,]{1,7}", text)
