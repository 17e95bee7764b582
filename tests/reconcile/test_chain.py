"""A note that the table's newest change is counted is only made if this Redis has counted it."""

from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.scripts import Standing, read_standing
from aggregates.server_id import read_server_id
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from reconcile.chain import Chain
from reconcile.job import STALE_SECONDS
from reconcile.tip import Tip
from tests.proof import prove_totals
from tests.reconcile.streams import StreamTable, follow
from tests.stream_events import event

pytestmark = pytest.mark.redis

AT = "2026-11-21T19:04:11.218Z"


class Trial:
    """A board whose stream a test writes, delivers and follows."""

    def __init__(self, redis: Redis, board: Board) -> None:
        self.redis, self.board, self.keys = redis, board, board_keys(board.name)
        self.table = StreamTable()
        self.doubts: list[str] = []
        self.start()

    def start(self, *, from_start: bool = False) -> None:
        """Start a new watch, as after the end of another one."""
        self.chain = Chain(self.board, self.redis, self._doubt, from_start=from_start)
        resume = self.chain.load_note()
        cursors = resume.cursors if resume else {}
        self.tip: Tip = follow(self.table, lambda: 0.0, cursors=cursors, from_start=from_start)

    def _doubt(self, board: Board) -> None:
        self.doubts.append(board.name)

    def write(self, key: str, shard: str = "s1", *, removed: bool = False) -> dict[str, Any]:
        return self.table.write(key, shard, removed=removed)

    def deliver(self, *records: dict[str, Any]) -> None:
        consumer = Consumer(count_on([self.board], lambda: self.redis))
        assert not consumer.consume(event(*records))["batchItemFailures"]

    def prove(self, read_s: float | None = None) -> None:
        """Prove the totals by a read of the table at a time, by default now."""
        prove_totals(self.redis, self.board, AT)
        read_s = self.table.now_s if read_s is None else read_s
        self.redis.hset(self.keys.meta, "stale_before", str(int(read_s - STALE_SECONDS)))

    def look(self, seconds: float = 5.0) -> Standing:
        """Let time pass, read the tip, ask the ledger; return the board's standing."""
        self.table.now_s += seconds
        self.chain.add_round(self.chain.read_now_ms(), self.tip.read_round())
        self.chain.check()
        return read_standing(self.redis, self.keys)

    def is_noted(self, standing: Standing) -> bool:
        """Return whether the last look made the note, for this epoch and server."""
        here = (standing.epoch, read_server_id(self.redis, self.keys.meta))
        return (
            (standing.chain_epoch, standing.chain_server) == here
            and standing.counted_ms is not None
            and standing.counted_ms > self.noted_ms
        )

    noted_ms = -1

    def mark(self) -> None:
        """Count only notes made from now on."""
        standing = read_standing(self.redis, self.keys)
        self.noted_ms = max(standing.now_ms, standing.counted_ms or 0)
        while read_standing(self.redis, self.keys).now_ms <= self.noted_ms:
            pass


@pytest.fixture
def board(make_board: Callable[..., Board]) -> Board:
    """Return a board whose table is the trial's."""
    return make_board()


@pytest.fixture
def trial(redis: Redis, board: Board) -> Trial:
    """Return a board with a whole chain: proven after its watch began."""
    trial = Trial(redis, board)
    trial.look()
    trial.table.now_s += 5
    trial.prove()
    assert trial.is_noted(trial.look())
    trial.mark()
    return trial


def test_without_cursors_a_proof_from_before_is_not_enough(redis: Redis, board: Board) -> None:
    """Changes written before the watch began may never have been counted."""
    trial = Trial(redis, board)
    trial.prove()
    assert not trial.is_noted(trial.look())
    assert trial.doubts == []  # a read that began this moment would be too early
    trial.look()
    trial.look()
    assert trial.doubts == [board.name]
    trial.prove()
    assert trial.is_noted(trial.look())


def test_a_table_as_old_as_its_stream_needs_no_other_proof(redis: Redis, board: Board) -> None:
    trial = Trial(redis, board)
    trial.start(from_start=True)
    trial.prove()
    assert trial.is_noted(trial.look())


def test_a_table_that_does_not_change_stays_confirmed(trial: Trial) -> None:
    for _ in range(3):
        trial.mark()
        assert trial.is_noted(trial.look(3600.0))


@pytest.mark.parametrize("removed", [False, True])
def test_a_change_that_is_not_counted_ends_the_confirmations_until_it_is(
    trial: Trial, removed: bool
) -> None:
    record = trial.write("d-1", removed=removed)
    for _ in range(3):
        assert not trial.is_noted(trial.look())
    trial.deliver(record)
    assert trial.is_noted(trial.look())


def test_the_newest_change_of_an_item_is_asked_for(trial: Trial) -> None:
    old, new = trial.write("d-1"), trial.write("d-1")
    trial.deliver(old)
    assert not trial.is_noted(trial.look())
    trial.deliver(new)
    assert trial.is_noted(trial.look())


def test_a_rejected_item_is_counted_as_one(trial: Trial) -> None:
    record = trial.write("d-1")
    record["dynamodb"]["NewImage"]["amount"] = {"S": "ten"}
    trial.deliver(record)
    assert trial.is_noted(trial.look())


def test_what_a_proof_has_read_needs_no_entry(trial: Trial) -> None:
    """The function is missing, and a reconcile counts in its place."""
    trial.write("d-1")
    trial.look()
    trial.prove(trial.table.now_s)
    assert not trial.is_noted(trial.look())  # it may have begun just before the record was read
    trial.prove(trial.table.now_s)
    assert trial.is_noted(trial.look())
    trial.mark()
    trial.write("d-2")
    assert not trial.is_noted(trial.look())


def test_a_restart_of_the_watch_goes_on_where_it_was(trial: Trial) -> None:
    trial.deliver(trial.write("d-1"))
    assert trial.is_noted(trial.look())
    missed = trial.write("while nobody looked")
    trial.start()
    trial.mark()
    assert not trial.is_noted(trial.look())
    trial.deliver(missed)
    assert trial.is_noted(trial.look())
    assert trial.doubts == []


LOSSES: dict[str, Callable[[Trial], Any]] = {
    "emptied": lambda trial: trial.redis.unlink(*trial.keys),
    "without its note": lambda trial: trial.redis.unlink(trial.keys.chain, trial.keys.meta),
    "without its totals": lambda trial: trial.redis.unlink(trial.keys.totals),
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_where_redis_lost_data_nothing_is_noted_until_it_is_proven_again(
    trial: Trial, lose: Callable[[Trial], Any]
) -> None:
    trial.deliver(trial.write("d-1"))
    trial.look()
    lose(trial)
    trial.mark()
    assert not trial.is_noted(trial.look())
    trial.prove()
    trial.look(0)
    assert trial.is_noted(trial.look())


def test_a_proof_that_was_read_before_the_last_counted_change_proves_nothing_elsewhere(
    trial: Trial,
) -> None:
    """The change was counted in another epoch, whose data is lost."""
    read_s = trial.table.now_s
    trial.deliver(trial.write("d-1"))
    trial.look()
    trial.redis.unlink(*trial.keys)
    trial.prove(read_s)
    trial.mark()
    assert not trial.is_noted(trial.look())
    assert not trial.is_noted(trial.look())
    assert trial.doubts == [trial.board.name]
    trial.prove()
    assert trial.is_noted(trial.look())


def test_another_definition_is_not_confirmed(trial: Trial) -> None:
    trial.redis.hset(trial.keys.meta, "definition", "another")
    assert not trial.is_noted(trial.look())


def test_records_that_were_given_up_have_the_table_be_read(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconcile.chain._GIVEN_UP_MS", -1)
    trial.write("given up")
    trial.look()
    assert trial.doubts == []  # the function may only be slow
    trial.deliver(trial.write("d-2"))
    trial.look()
    trial.look()
    assert trial.doubts == [trial.board.name]
    trial.prove()
    assert trial.is_noted(trial.look())


def test_a_second_stream_is_confirmed_once_the_table_was_read(trial: Trial) -> None:
    """Changes written between the two streams are in neither."""
    trial.table.enable_again()
    trial.tip._next_listing = float("-inf")
    trial.deliver(trial.write("in the second", "t1"))
    assert not trial.is_noted(trial.look())
    trial.look()
    assert trial.doubts == [trial.board.name]
    trial.prove()
    assert trial.is_noted(trial.look())
    trial.mark()
    trial.deliver(trial.write("another", "t1"))
    assert trial.is_noted(trial.look())


def test_why_nothing_is_confirmed_is_noted_beside_what_was(trial: Trial) -> None:
    trial.write("d-1")
    before = trial.look()
    trial.chain.note_trouble("the function is disabled", before.now_ms + 61_000)
    standing = trial.look()
    assert (standing.chain_reason, standing.counted_ms) == (
        "the function is disabled",
        before.counted_ms,
    )
    assert standing.chain_since_ms == before.counted_ms


def test_a_redis_that_takes_no_writes_takes_no_note(trial: Trial) -> None:
    """The note then ages, and screens show that."""
    trial.redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(RedisError):
            trial.look()
    finally:
        trial.redis.config_set("maxmemory", "0")
    assert not trial.is_noted(read_standing(trial.redis, trial.keys))
    assert trial.is_noted(trial.look())


def test_the_rounds_that_wait_are_bounded(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconcile.chain._MOST_ROUNDS", 3)
    records = [trial.write(f"d-{number}") for number in range(5)]
    for _ in range(5):
        records.append(trial.write("more"))
        assert not trial.is_noted(trial.look())
    assert len(trial.chain._waiting) == 3
    trial.deliver(*records)
    assert trial.is_noted(trial.look())
