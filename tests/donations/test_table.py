"""An import changes a real table as announced, and exactly once."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from donations.answers import Answers
from donations.errors import Stopped
from donations.file_plan import FilePlan, read_file
from donations.import_writer import Written, write_difference
from donations.reading import read_donation, read_item, read_items
from donations.table import Difference, compare, compare_with_table
from donations.table_item import is_same
from donations.writer import ConflictError, put_new, remove_item, update_item
from local.dynamodb import create_table
from tests.donations.files import BOARD, GOOD, HEADER, write

TWO = HEADER + GOOD + GOOD.replace("d-1", "d-2")
LIST = "donatedAt,platform,amount\n2026-11-21,Phone,5\n2026-11-21,Phone,5\n2026-11-21,Text,6\n"


@pytest.fixture
def board(dynamodb: Any, make_board: Callable[..., Board]) -> Board:
    board = replace(BOARD, table=make_board().name)
    create_table(dynamodb, board)
    return board


class Importer:
    def __init__(self, board: Board, dynamodb: Any, folder: Path) -> None:
        self.board, self.dynamodb, self.folder = board, dynamodb, folder

    def plan(self, text: str, name: str = "list.csv", **answers: Any) -> FilePlan:
        path = write(self.folder, text, name)
        return read_file(path, self.board, threading.Event(), Answers(**answers))

    def compare(self, text: str, name: str = "list.csv", **answers: Any) -> Difference:
        plan = self.plan(text, name, **answers)
        assert plan.is_clear
        return compare_with_table(plan, self.dynamodb, threading.Event())

    def write(self, difference: Difference, *, removes_gone: bool = False) -> Written:
        stop = threading.Event()
        return write_difference(
            difference, self.board, self.dynamodb, stop, removes_gone=removes_gone
        )

    def amounts(self) -> list[str]:
        items = read_items(self.dynamodb, self.board, threading.Event())
        return sorted(item["amount"]["N"] for item in items)


@pytest.fixture
def importer(board: Board, dynamodb: Any, tmp_path: Path) -> Importer:
    return Importer(board, dynamodb, tmp_path)


def counts(difference: Difference) -> tuple[int, int, int, int]:
    return (
        len(difference.new),
        len(difference.changed),
        difference.same_count,
        len(difference.gone),
    )


@pytest.mark.parametrize("text", [TWO, LIST])
def test_the_same_file_twice_changes_nothing(importer: Importer, text: str) -> None:
    first = importer.compare(text)
    assert importer.write(first).new == len(first.new)
    before = importer.amounts()
    assert counts(importer.compare(text)) == (0, 0, len(first.new), 0)
    # Also with a comparison made before the first write.
    assert importer.write(first).conflicts == []
    assert importer.amounts() == before


def test_nothing_is_written_by_reading_and_comparing(importer: Importer) -> None:
    importer.compare(TWO)
    assert importer.amounts() == []


def test_a_changed_file_says_what_it_changes_before_it_does(importer: Importer) -> None:
    importer.write(importer.compare(TWO))
    changed = importer.compare(HEADER + GOOD.replace("5.00", "6.00") + GOOD.replace("d-1", "d-3"))
    assert counts(changed) == (1, 1, 0, 1)
    assert importer.amounts() == ["5", "5"]
    importer.write(changed)
    assert importer.amounts() == ["5", "5", "6"]
    importer.write(changed, removes_gone=True)
    assert importer.amounts() == ["5", "6"]


def test_what_the_crew_added_to_a_donation_stays(importer: Importer, dynamodb: Any) -> None:
    importer.write(importer.compare(TWO))
    item = read_item(dynamodb, importer.board, "d-1")
    assert item is not None
    update_item(dynamodb, importer.board, item, {**item, "approved": {"BOOL": True}})
    assert counts(importer.compare(TWO)) == (0, 0, 2, 0)
    importer.write(importer.compare(TWO.replace("5.00", "7.00")))
    item = read_item(dynamodb, importer.board, "d-1")
    assert item is not None
    assert item["approved"] == {"BOOL": True}
    assert item["amount"] == {"N": "7"}


def test_a_donation_that_was_not_imported_is_never_missing(
    importer: Importer, dynamodb: Any
) -> None:
    other = {"donationId": {"S": "x"}, "donatedAt": {"S": "2026-11-21T19:04:11Z"},
             "platform": {"S": "Phone"}, "amount": {"N": "1"}}  # fmt: skip
    assert put_new(dynamodb, importer.board, other)
    importer.write(importer.compare(TWO))
    assert counts(importer.compare(HEADER + GOOD)) == (0, 0, 1, 1)


def test_a_list_under_another_name_is_asked_about_before_it_counts_twice(
    importer: Importer,
) -> None:
    importer.write(importer.compare(LIST))
    again = importer.compare(LIST, "final version.csv")
    assert [question.name for question in again.questions] == ["source"]
    assert counts(importer.compare(LIST, "final version.csv", source="list")) == (0, 0, 3, 0)
    assert importer.compare(LIST, "list (2).csv").questions == []


def test_a_time_that_a_person_gave_does_not_change_what_is_there(importer: Importer) -> None:
    text = "platform,amount\nPhone,5\n"
    for day in (21, 22):
        moment = datetime(2026, 11, day, tzinfo=UTC)
        difference = importer.compare(text, moment=moment)
        importer.write(difference)
    assert counts(difference) == (0, 0, 1, 0)


def test_a_list_with_ids_changes_nothing_under_another_name(importer: Importer) -> None:
    importer.write(importer.compare(TWO))
    assert counts(importer.compare(TWO, "other.csv")) == (0, 0, 2, 0)


def test_what_a_person_said_stays_also_in_a_map(board: Board, tmp_path: Path) -> None:
    nested = replace(board, time="meta.at", group_by="meta.channel")
    write(tmp_path, "amount\n5\n", "list.csv")
    plans = [
        read_file(
            tmp_path / "list.csv",
            nested,
            threading.Event(),
            Answers(group=group, moment=datetime(2026, 11, 21, tzinfo=UTC)),
        )
        for group in ("Phone", "Text")
    ]
    [row] = plans[0].rows
    difference = compare(plans[1], {row.item["donationId"]["S"]: row.item})
    assert counts(difference) == (0, 0, 1, 0)


def test_what_somebody_changed_meanwhile_is_a_conflict_not_overwritten(
    importer: Importer, dynamodb: Any
) -> None:
    importer.write(importer.compare(TWO))
    seen = importer.compare(TWO.replace("5.00", "6.00"))
    item = read_item(dynamodb, importer.board, "d-1")
    assert item is not None
    update_item(dynamodb, importer.board, item, {**item, "amount": {"N": "9"}})
    written = importer.write(seen)
    assert written.changed == 1
    [conflict] = written.conflicts
    assert "d-1 was changed or removed in the meantime" in conflict
    assert importer.amounts() == ["6", "9"]


def test_a_new_item_is_written_once_whatever_is_repeated(board: Board, dynamodb: Any) -> None:
    item = {"donationId": {"S": "d-1"}, "amount": {"N": "5.00"}}
    assert put_new(dynamodb, board, item)
    assert not put_new(dynamodb, board, {**item, "amount": {"N": "5"}})
    with pytest.raises(ConflictError) as caught:
        put_new(dynamodb, board, {**item, "amount": {"N": "6"}})
    assert caught.value.found is not None
    assert is_same(caught.value.found, item)


def test_a_change_that_is_repeated_is_no_conflict(board: Board, dynamodb: Any) -> None:
    old = {"donationId": {"S": "d-1"}, "amount": {"N": "5"}, "note": {"S": "a"}}
    new = {"donationId": {"S": "d-1"}, "amount": {"N": "6.00"}}
    put_new(dynamodb, board, old)
    for _ in range(2):
        update_item(dynamodb, board, old, new)
    found = read_item(dynamodb, board, "d-1")
    assert found is not None
    assert is_same(found, new)
    remove_item(dynamodb, board, new)
    remove_item(dynamodb, board, new)
    assert read_item(dynamodb, board, "d-1") is None
    # A change does not bring back a removed item either.
    with pytest.raises(ConflictError):
        update_item(dynamodb, board, old, {**new, "amount": {"N": "7"}})


def test_what_was_changed_is_not_removed(board: Board, dynamodb: Any) -> None:
    old = {"donationId": {"S": "d-1"}, "amount": {"N": "5"}}
    put_new(dynamodb, board, {**old, "amount": {"N": "6"}})
    with pytest.raises(ConflictError, match="was changed in the meantime"):
        remove_item(dynamodb, board, old)
    assert read_item(dynamodb, board, "d-1") is not None


def test_a_stopped_import_is_finished_by_the_next(importer: Importer) -> None:
    difference = importer.compare(TWO)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        write_difference(difference, importer.board, importer.dynamodb, stop)
    importer.write(importer.compare(TWO))
    assert importer.amounts() == ["5", "5"]


def test_a_donation_is_read_back_by_its_id(importer: Importer, dynamodb: Any) -> None:
    importer.write(importer.compare(TWO))
    donation = read_donation(dynamodb, importer.board, "d-1")
    assert donation is not None
    assert (donation.platform, donation.amount_minor) == ("Phone", 500)
    assert read_donation(dynamodb, importer.board, "d-9") is None
