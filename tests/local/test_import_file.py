"""`tallyboard import` as a person meets it: what it shows, what it asks, when it writes."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from donations.answers import Answers
from donations.import_writer import Written
from donations.reading import read_items
from local.cli import load_verbs
from local.commands.file_answers import read_answers
from local.commands.import_file import import_file
from local.dynamodb import create_table
from local.errors import LocalError
from operate.cli import make_parser
from operate.terminal import Terminal
from tests.donations.files import BOARD, GOOD, HEADER

NO_ANSWERS = Answers()


class Person:
    """Answers questions in order, and records what was asked and shown."""

    def __init__(self, folder: Path, board: Board, dynamodb: Any) -> None:
        self.folder, self.board, self.dynamodb = folder, board, dynamodb
        self.asked: list[str] = []
        self.output = StringIO()

    def run(
        self,
        text: str,
        *replies: str,
        is_agreed: bool = False,
        can_answer: bool = True,
        answers: Answers = NO_ANSWERS,
    ) -> Written | None:
        path = self.folder / "pledges.csv"
        path.write_text(text)
        remaining: Iterator[str] = iter(replies)

        def ask(question: str) -> str:
            self.asked.append(question)
            return next(remaining)

        return import_file(
            path,
            self.board,
            self.dynamodb,
            answers,
            Terminal(self.output),
            threading.Event(),
            ask if can_answer else None,
            is_agreed,
        )

    def count(self) -> int:
        return len(list(read_items(self.dynamodb, self.board, threading.Event())))


@pytest.fixture
def person(dynamodb: Any, make_board: Callable[..., Board], tmp_path: Path) -> Person:
    board = replace(BOARD, table=make_board().name)
    create_table(dynamodb, board)
    return Person(tmp_path, board, dynamodb)


def test_nothing_is_written_until_the_person_says_so(person: Person) -> None:
    assert person.run(HEADER + GOOD, "n") is None
    assert person.count() == 0
    shown = person.output.getvalue()
    assert "amount       is 'amount' (by its name), such as 5.00" in shown
    assert "line 2: 2017-01-08T10:00:00.000Z  Phone  5.00 USD" in shown
    assert "1 new, 0 changed, 0 unchanged, 0 missing" in shown
    written = person.run(HEADER + GOOD, "y")
    assert written is not None
    assert written.new == person.count() == 1


def test_without_anybody_to_ask_it_is_written_only_if_that_was_said(person: Person) -> None:
    with pytest.raises(LocalError, match="nothing was written; to confirm"):
        person.run(HEADER + GOOD, can_answer=False)
    assert person.count() == 0
    person.run(HEADER + GOOD, can_answer=False, is_agreed=True)
    assert person.count() == 1


def test_all_mistakes_are_told_and_nothing_is_written(person: Person) -> None:
    bad = "d-2,2017-01-08T10:00:00Z,,ten\nd-3,yesterday,Phone,5\n"
    with pytest.raises(LocalError) as caught:
        person.run(HEADER + GOOD + bad, is_agreed=True)
    assert "3 mistakes; correct the file" in str(caught.value)
    for said in ("line 3: amount is", "line 3: platform is empty", "line 4: donatedAt is"):
        assert said in str(caught.value)
    assert person.count() == 0


def test_only_what_is_ambiguous_is_asked(person: Person) -> None:
    text = HEADER + 'd-1,01/02/2026,Phone,"1.250"\n'
    written = person.run(text, "3", "1", "2", "y")
    assert written is not None
    assert [question.split("\n")[0] for question in person.asked] == [
        'An amount is "1.250". What does it mean?',
        'An amount is "1.250". What does it mean?',  # there is no third answer
        'A date is "01/02/2026". Which comes first, the day or the month?',
        "Write this? [y/N] ",
    ]
    [item] = read_items(person.dynamodb, person.board, threading.Event())
    assert item["amount"] == {"N": "1250"}
    assert item["donatedAt"] == {"S": "2026-01-02T00:00:00.000Z"}


def test_a_question_that_nobody_can_answer_names_the_option(person: Person) -> None:
    with pytest.raises(LocalError, match="--day-first or --month-first"):
        person.run(HEADER + "d-1,01/02/2026,Phone,5\n", can_answer=False, is_agreed=True)


def test_what_is_gone_from_the_file_goes_only_where_the_person_says_so(person: Person) -> None:
    person.run(HEADER + GOOD + GOOD.replace("d-1", "d-2"), "y")
    person.run(HEADER + GOOD, "n")
    assert person.count() == 2
    with pytest.raises(LocalError, match="--gone=keep or --gone=remove"):
        person.run(HEADER + GOOD, is_agreed=True, can_answer=False)
    person.run(HEADER + GOOD, "y", "y")
    assert person.count() == 1


def test_the_same_list_under_another_name_is_told_apart(person: Person) -> None:
    text = "donatedAt,platform,amount\n" + "2026-11-21,Phone,5\n" * 4
    person.run(text, "y", answers=Answers(source="spring list"))
    written = person.run(text, "")
    assert "Is this that list again?" in person.asked[-1]
    assert written is not None
    assert written.count == 0
    assert person.count() == 4


def test_options_say_what_a_file_leaves_open() -> None:
    parser = make_parser(load_verbs())
    arguments = parser.parse_args(
        ["import", "--day-first", "--decimal=comma", "--column", "amount=Betrag", "--group=Desk",
         "--at=2026-11-21 19:00", "--skip-status=Blue", "--", "file.csv"]
    )  # fmt: skip
    answers = read_answers(arguments, "list", "keep")
    assert (answers.order, answers.mark, answers.group) == ("day", ",", "Desk")
    assert answers.columns == {"amount": "Betrag"}
    assert answers.statuses == {"Blue": False}
    # The time is in the board's time zone, which is not known here.
    assert answers.moment is not None
    assert answers.moment.isoformat() == "2026-11-21T19:00:00"
    for wrong in (["--column=amount", "x"], ["--at=someday", "x"]):
        with pytest.raises(LocalError):
            read_answers(parser.parse_args(["replay", *wrong]))
