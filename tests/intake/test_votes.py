"""A vote is written once, into an item or a counter, whatever is cut off or comes at once."""

import collections
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from aggregates.board import Board
from intake.request import Counter, Vote
from intake.store import Store
from intake.votes import VoteWriter
from tests.intake.fragile import UNANSWERED, Fragile, Killed
from tests.intake.polls import COLOURS, count_votes, make_counters, make_poll
from tests.intake.sweeps import START, read_table

COUNTER = Counter("Votes", 10)


def make_board_of(way: str, dynamodb: Any, make_board: Callable[..., Board]) -> Board:
    return (make_counters if way == "counters" else make_poll)(dynamodb, make_board)


def make_votes(way: str, count: int) -> list[Vote]:
    random = Random(count)
    votes = []
    for number in range(count):
        counter = COUNTER if way == "counters" else None
        at = START + timedelta(seconds=number)
        name = f"twilio:SM{number}"
        votes.append(Vote(name, random.choice(COLOURS), at, f"SM{number}", counter=counter))
    return votes


def tally(votes: list[Vote]) -> dict[str, int]:
    options = [vote.option for vote in votes]
    return {colour: options.count(colour) for colour in COLOURS}


@pytest.mark.parametrize("way", ["items", "counters"])
def test_a_process_killed_between_any_two_steps_counts_each_vote_once(
    dynamodb: Any, make_board: Callable[..., Board], way: str
) -> None:
    board, random = make_board_of(way, dynamodb, make_board), Random(5)
    faults: collections.Counter[str] = collections.Counter()
    votes = make_votes(way, 80)
    for vote in votes:
        # Twilio sends again, and the sweep does so until it is written.
        for _ in range(100):
            line = Fragile(dynamodb, random, faults, share=0.07)
            try:
                VoteWriter(Store(line, board), board).write(vote)
            except (Killed, *UNANSWERED):
                continue
            break
    assert len(faults) == 5
    assert min(faults.values()) > 5
    assert count_votes(dynamodb, board) == tally(votes)


@pytest.mark.parametrize("way", ["items", "counters"])
@pytest.mark.timeout(240)
def test_twelve_threads_of_two_processes_count_each_vote_once(
    dynamodb: Any, make_board: Callable[..., Board], way: str
) -> None:
    board = make_board_of(way, dynamodb, make_board)
    writers = [VoteWriter(Store(dynamodb, board), board) for _ in range(2)]
    votes = make_votes(way, 150)
    told = votes * 3
    Random(6).shuffle(told)
    with ThreadPoolExecutor(12) as pool:
        written = list(pool.map(lambda one: writers[one[0] % 2].write(one[1]), enumerate(told)))
    assert sum(written) == len(votes)
    assert count_votes(dynamodb, board) == tally(votes)


def test_a_persons_latest_vote_wins_in_every_order(
    dynamodb: Any, make_board: Callable[..., Board]
) -> None:
    board = make_poll(dynamodb, make_board)
    writer = VoteWriter(Store(dynamodb, board), board)
    random = Random(7)
    for person in range(30):
        votes = [
            Vote(f"vote:{person}", colour, START + timedelta(seconds=n), f"SM{person}-{n}", True)
            for n, colour in enumerate(random.choices(COLOURS, k=4))
        ]
        told = [*votes, *random.choices(votes, k=4)]
        random.shuffle(told)
        for vote in told:
            writer.write(vote)
        # The same message, told later with a later time, is not a newer vote.
        assert not writer.write(votes[0]._replace(at=START + timedelta(hours=1)))
        key = {"donationId": {"S": f"vote:{person}"}}
        item = dynamodb.get_item(TableName=board.table, Key=key, ConsistentRead=True)["Item"]
        assert item["vote"] == {"S": votes[-1].option}


def test_what_is_kept_is_the_counter_and_the_mark(
    dynamodb: Any, make_board: Callable[..., Board]
) -> None:
    board, kept = make_counters(dynamodb, make_board), list[Any]()
    writer = VoteWriter(Store(dynamodb, board, kept.append), board)
    [vote] = make_votes("counters", 1)
    writer.write(vote)
    writer.write(vote)
    [item] = read_table(dynamodb, board.table)
    [mark] = read_table(dynamodb, f"{board.table}-intake")
    assert kept[0] == kept[1]
    assert kept[0] == [
        (board.table, item["VotedFor"]["S"], item),
        (f"{board.table}-intake", "vote:twilio:SM0", mark),
    ]
