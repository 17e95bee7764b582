"""Nothing is entered twice, and every change has a journal entry."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from crew.journal import ChangedMeanwhile, Journal, NotKept, Written
from tests.stream_events import donation


def read_items(journal: Journal) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = journal.dynamodb.scan(TableName=journal.table)["Items"]
    return items


def told(journal: Journal, key: str) -> list[tuple[str, str]]:
    return [(entry.who, entry.what) for entry in journal.read_history(key)]


def test_an_entry_is_written_once_and_noted(journal: Journal) -> None:
    gift = donation("d-1", amount="25")
    assert journal.enter(gift, "Ana")
    assert read_items(journal) == [gift]
    [entry] = journal.read_history("d-1")
    assert (entry.who, entry.what, entry.before, entry.after) == ("Ana", "entered", None, gift)


def test_a_form_that_is_sent_twice_enters_one_gift(journal: Journal) -> None:
    gift = donation("d-1", amount="25")
    assert journal.enter(gift, "Ana", made_at="donatedAt")
    again = gift | {"donatedAt": {"S": "2026-11-21T19:04:12Z"}}
    assert not journal.enter(again, "Ana", made_at="donatedAt")
    assert read_items(journal) == [gift]
    assert told(journal, "d-1") == [("Ana", "entered")]


def test_a_form_that_is_sent_again_with_another_amount_is_not_swallowed(journal: Journal) -> None:
    journal.enter(donation("d-1", amount="25"), "Ana")
    with pytest.raises(ChangedMeanwhile):
        journal.enter(donation("d-1", amount="250"), "Ana")


def test_a_reload_does_not_bring_back_what_was_taken_back(journal: Journal) -> None:
    gift = donation("d-1", amount="25")
    journal.enter(gift, "Ana")
    journal.take_back(gift, "Ben")
    assert not journal.enter(gift, "Ana")
    assert read_items(journal) == []
    assert told(journal, "d-1") == [("Ana", "entered"), ("Ben", "taken back")]


def test_a_correction_says_what_was_before_and_leaves_the_rest_alone(journal: Journal) -> None:
    gift = donation("d-1", amount="60000") | {"receipt": {"S": "R-17"}}
    journal.dynamodb.put_item(TableName=journal.table, Item=gift)
    after = journal.correct(gift, {"amount": {"N": "600"}, "email": None}, "Ana")
    assert after == {**{k: v for k, v in gift.items() if k != "email"}, "amount": {"N": "600"}}
    assert read_items(journal) == [after]
    [entry] = journal.read_history("d-1")
    assert (entry.what, entry.before, entry.after) == ("corrected", gift, after)


def test_a_correction_that_changes_nothing_is_no_entry(journal: Journal) -> None:
    gift = donation("d-1", amount="25")
    journal.enter(gift, "Ana")
    assert journal.correct(gift, {"amount": {"N": "25"}}, "Ben") == gift
    assert told(journal, "d-1") == [("Ana", "entered")]


def test_the_second_of_two_corrections_of_the_same_state_is_refused(journal: Journal) -> None:
    gift = donation("d-1", amount="25")
    journal.enter(gift, "Ana")
    journal.correct(gift, {"amount": {"N": "50"}}, "Ana")
    with pytest.raises(ChangedMeanwhile) as told_of:
        journal.correct(gift, {"amount": {"N": "75"}}, "Ben")
    assert told_of.value.now is not None
    assert told_of.value.now["amount"] == {"N": "50"}
    # A change of another attribute is no conflict.
    journal.correct(gift, {"platform": {"S": "Text"}}, "Ben")
    [item] = read_items(journal)
    assert (item["amount"], item["platform"]) == ({"N": "50"}, {"S": "Text"})


def test_what_somebody_corrected_meanwhile_is_not_taken_back(journal: Journal) -> None:
    gift = donation("d-1", amount="25")
    journal.enter(gift, "Ana")
    journal.correct(gift, {"amount": {"N": "50"}}, "Ana")
    with pytest.raises(ChangedMeanwhile):
        journal.take_back(gift, "Ben")
    assert len(read_items(journal)) == 1


def test_what_was_taken_back_can_be_brought_back_once(journal: Journal) -> None:
    gift = donation("d-1", amount="25")
    journal.enter(gift, "Ana")
    journal.take_back(gift, "Ben")
    journal.bring_back(gift, "Ana")
    assert read_items(journal) == [gift]
    with pytest.raises(ChangedMeanwhile):
        journal.bring_back(gift, "Ben")


def test_many_helpers_at_one_gift_lose_nothing_and_note_everything(journal: Journal) -> None:
    journal.enter(donation("d-1", amount="0"), "Ana")
    done: list[str] = []

    def add_one(name: str) -> None:
        for _ in range(10):
            while True:
                seen = journal.read({"donationId": {"S": "d-1"}})
                assert seen is not None
                amount = str(int(seen["amount"]["N"]) + 1)
                try:
                    journal.correct(seen, {"amount": {"N": amount}}, name)
                except ChangedMeanwhile:
                    continue
                done.append(name)
                break

    threads = [threading.Thread(target=add_one, args=(f"helper {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    [item] = read_items(journal)
    assert (len(done), item["amount"]) == (40, {"N": "40"})
    assert len(journal.read_history("d-1")) == 41


def test_what_cannot_be_kept_is_not_acknowledged(journal: Journal) -> None:
    def refuse(_: Sequence[Written]) -> None:
        raise OSError("the disk is full")

    with pytest.raises(NotKept, match="the disk is full"):
        replace(journal, keep=refuse).enter(donation("d-1", amount="25"), "Ana")
    # After the disk has space again, sending it again writes and keeps it once.
    kept: list[Written] = []
    assert not replace(journal, keep=kept.extend).enter(donation("d-1", amount="25"), "Ana")
    assert [(written.key, written.image) for written in kept] == [
        ("d-1", donation("d-1", amount="25"))
    ]


def test_the_whole_log_is_in_order_of_time(journal: Journal) -> None:
    journal.enter(donation("d-2", amount="1"), "Ana")
    journal.enter(donation("d-1", amount="2"), "Ben")
    journal.correct(donation("d-2", amount="1"), {"amount": {"N": "3"}}, "Cy")
    assert [(entry.who, entry.key) for entry in journal.read_all()] == [
        ("Ana", "d-2"),
        ("Ben", "d-1"),
        ("Cy", "d-2"),
    ]
