"""Infers from all rows of a sheet how its amounts and dates are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from aggregates.board import Board
from donations.amount_text import AmountError, AmountText, DecimalMark, read_amount_text
from donations.answers import Answers, Choice, Question
from donations.columns import Columns
from donations.language import find_language_order
from donations.moment import DateOrder, find_order
from donations.money import find_evidence, find_language_mark
from donations.sheet import Line
from donations.statuses import judge_status

# A column with more different values than this is not a status column.
_MAX_STATUSES = 20


@dataclass(frozen=True)
class Style:
    """A sheet's decimal mark and its order of day and month, each None if not known."""

    mark: DecimalMark | None
    order: DateOrder | None
    # What the board's language has decided, for a person.
    decided: tuple[str, ...] = ()


def find_style(
    rows: Iterable[Line], columns: Columns, board: Board, answers: Answers
) -> tuple[Style, list[Question]]:
    """Return a sheet's style, and questions about what its rows leave open."""
    amount_places = [
        place
        for measure in board.measures
        if (place := columns.place(f"measure:{measure.name}")) is not None
    ]
    time_place = columns.place("time")
    status_place = None if columns.status is None else columns.status.place
    amounts: dict[str, AmountText] = {}
    orders: set[DateOrder] = set()
    open_date, statuses = "", dict[str, None]()
    for line in rows:
        cells = line.cells
        for place in amount_places:
            text = cells[place] if place < len(cells) else ""
            # Only amounts with a mark are evidence. Amounts repeat, so the set stays small.
            if text and ("," in text or "." in text) and len(amounts) < 100_000:
                amount = _read(text)
                if amount is not None:
                    amounts[text] = amount
        date = cells[time_place] if time_place is not None and time_place < len(cells) else ""
        if date and date[4:5] != "-":
            found = find_order(date)
            if len(found) > 1:
                open_date = open_date or date
            orders |= found if len(found) == 1 else set()
        if status_place is not None and status_place < len(cells):
            statuses[cells[status_place]] = None
    mark, about_mark = _choose_mark(amounts, board, answers)
    order, about_order = _choose_order(orders, open_date, answers)
    decided = []
    if about_mark and board.language is not None:
        mark, about_mark = find_language_mark(board.language), []
        decided.append(f"{'a comma' if mark == ',' else 'a point'} marks decimals")
    if about_order and board.language is not None:
        order = find_language_order(board.language)
        about_order = [] if order else about_order
        decided += [f"{open_date} has the {order} first"] if order else []
    told = tuple(f"{text}, as in the board's language {board.language}" for text in decided)
    questions = about_mark + about_order + _ask_statuses(list(statuses), answers)
    return Style(mark, order, told), questions


@lru_cache(maxsize=4096)
def _read(text: str) -> AmountText | None:
    try:
        return read_amount_text(text)
    except AmountError:
        return None


def _choose_mark(
    amounts: dict[str, AmountText], board: Board, answers: Answers
) -> tuple[DecimalMark | None, list[Question]]:
    if answers.mark is not None:
        return answers.mark, []
    marks, ambiguous = find_evidence(amounts.values())
    if len(marks) == 1:
        return next(iter(marks)), []
    if ambiguous is None or all(measure.unit.exponent == 0 for measure in board.measures):
        return None, []
    example = next(text for text, amount in amounts.items() if amount == ambiguous)
    mark = "," if "," in example else "."
    other: DecimalMark = "." if mark == "," else ","
    whole = example.replace(mark, "")
    return None, [
        Question(
            name="mark",
            text=f'An amount is "{example}". What does it mean?',
            flag="--decimal=point or --decimal=comma",
            choices=(
                Choice(other, f"{whole}: it marks thousands"),
                Choice(mark, f"{example.replace(mark, '.')}: it marks decimals"),
            ),
        )
    ]


def _choose_order(
    orders: set[DateOrder], open_date: str, answers: Answers
) -> tuple[DateOrder | None, list[Question]]:
    if answers.order is not None:
        return answers.order, []
    if len(orders) == 1:
        return next(iter(orders)), []
    if not open_date:
        return None, []
    return None, [
        Question(
            name="order",
            text=f'A date is "{open_date}". Which comes first, the day or the month?',
            flag="--day-first or --month-first",
            choices=(Choice("day", "the day"), Choice("month", "the month")),
        )
    ]


def _ask_statuses(statuses: list[str], answers: Answers) -> list[Question]:
    known = {name.casefold() for name in answers.statuses}
    unknown = [
        name
        for name in statuses
        if judge_status(name) == "unknown" and name.casefold() not in known
    ]
    return [
        Question(
            name=f"status:{name}",
            text=f'Some rows have the status "{name[:60]}". Do they count?',
            flag=f'--count-status "{name[:60]}" or --skip-status "{name[:60]}"',
            choices=(Choice("yes", "they count"), Choice("no", "they are left out")),
        )
        for name in unknown[:_MAX_STATUSES]
    ]
