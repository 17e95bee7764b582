"""The scripts' parts work together: seal, groups, milestones, timeline, ticker."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from redis import Redis

from aggregates import steps
from aggregates.batch import Change
from aggregates.board import Board
from aggregates.keys import CHANNEL, board_keys
from aggregates.lua_script import LostError, RunLostError
from aggregates.message import Message, decode_message
from aggregates.scripts import apply_batch, read_standing
from reconcile.scripts import begin_recount, prune_tombstones, retire_groups
from tests.reading_back import snapshot_of
from tests.reconcile.scripted import (
    begin,
    claim,
    end_lease,
    finish,
    read_all,
    read_hash,
    read_hash_keys,
    seal,
    stream,
)
from tests.stream_events import donation

# Data that Redis has lost

SEALED = [part for part in board_keys("b")._fields if part not in ("reconcile", "chain")]


def fill(redis: Redis, board: Board) -> None:
    """Put data into each key."""
    bad = donation("bad") | {"amount": {"S": "ten"}}
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    changes = [
        Change("d-1", 1, donation("d-1", amount=600_000, donated_at=now)),
        Change("bad", 2, bad),
    ]
    apply_batch(redis, board_keys(board.name), stream(board, *changes))
    begin(redis, board)
    begin_recount(redis, board_keys(board.name), "first", "a recount")
    apply_batch(redis, board_keys(board.name), stream(board, Change("d-2", 3, donation("d-2"))))


@pytest.mark.parametrize("lost", SEALED)
def test_a_key_that_is_lost_shows_and_nothing_is_counted(
    redis: Redis, board: Board, lost: str
) -> None:
    """Otherwise the next gift would become the whole total."""
    keys = board_keys(board.name)
    fill(redis, board)
    assert not read_standing(redis, keys).is_lost
    assert redis.delete(getattr(keys, lost)) == 1
    before = read_all(redis, board)
    assert read_standing(redis, keys).is_lost
    snapshot = snapshot_of(redis, board)
    assert (snapshot is None) if lost == "meta" else (snapshot is not None and snapshot.is_lost)
    with pytest.raises(LostError):
        apply_batch(redis, keys, stream(board, Change("d-3", 4, donation("d-3"))))
    with pytest.raises((LostError, RunLostError)):
        begin_recount(redis, keys, "first", "another")
    with pytest.raises((LostError, RunLostError)):
        finish(redis, board)
    with pytest.raises(LostError):
        prune_tombstones(redis, keys, ["d-1"], int(time.time()) + 60)
    assert read_all(redis, board) == before


@pytest.mark.parametrize("lost", SEALED)
@pytest.mark.parametrize("how", ["gone", "of another type"])
def test_a_claim_empties_a_board_that_has_lost_a_key(
    redis: Redis, board: Board, lost: str, how: str
) -> None:
    keys = board_keys(board.name)
    fill(redis, board)
    end_lease(redis, board)
    redis.delete(getattr(keys, lost))
    if how == "of another type":
        redis.set(getattr(keys, lost), "x")
    run = claim(redis, board, owner="second", epoch="f" * 16)
    assert (run["owner"], run["epoch"]) == ("second", "f" * 16)
    assert {key for key in keys if redis.exists(key)} == {keys.meta, keys.reconcile}
    assert not read_standing(redis, keys).is_lost
    apply_batch(redis, keys, stream(board, Change("d-3", 4, donation("d-3"))))
    assert read_hash(redis, keys.totals)["ALL:count"] == "1"


def test_a_board_of_which_nothing_is_there_has_lost_nothing(redis: Redis, board: Board) -> None:
    standing = read_standing(redis, board_keys(board.name))
    assert (standing.epoch, standing.version, standing.is_lost) == (None, 0, False)
    assert abs(standing.now_ms - time.time() * 1000) < 60_000


# Groups


def test_the_numbers_of_empty_groups_are_used_again(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    names = [f"team {n}" for n in range(5)]
    apply_batch(redis, keys, stream(board, *(Change(n, 1, donation(n, n)) for n in names)))
    fields = redis.hlen(keys.groups)
    apply_batch(redis, keys, stream(board, *(Change(name, 2, None) for name in names[1:])))
    begin(redis, board)
    # One group has an item, the other never existed.
    assert retire_groups(redis, keys, "first", [*names, "nobody"]) == 4
    assert retire_groups(redis, keys, "first", names) == 0
    assert not read_standing(redis, keys).is_lost
    fresh = [f"other {n}" for n in range(4)]
    apply_batch(redis, keys, stream(board, *(Change(n, 3, donation(n, n)) for n in fresh)))
    held = read_hash(redis, keys.groups)
    assert {held[f"={name}"] for name in ("team 0", *fresh)} == {"1", "2", "3", "4", "5"}
    assert (len(held), held["last"], held["free"]) == (fields, "5", "0")
    # Each still keeps its own name.
    apply_batch(redis, keys, stream(board, Change(fresh[2], 4, None)))
    snapshot = snapshot_of(redis, board)
    assert snapshot is not None
    assert snapshot.totals.keys() == {"ALL", "team 0", *fresh} - {fresh[2]}


def test_a_refund_of_an_old_group_reads_one_name(redis: Redis, board: Board) -> None:
    """Independent of the number of groups."""
    keys = board_keys(board.name)
    many = [Change(f"d-{n}", 1, donation(f"d-{n}", f"team {n}")) for n in range(3000)]
    apply_batch(redis, keys, stream(board, *many))
    redis.config_resetstat()
    apply_batch(redis, keys, stream(board, Change("d-7", 2, None)))
    stats: Any = redis.info("commandstats")
    read = {name: of for name, of in stats.items() if "hgetall" in name}
    assert stats["cmdstat_hmget"]["calls"] < 20
    assert read.get("cmdstat_hgetall", {"calls": 0})["calls"] <= 2  # the ticker, the milestones
    assert read_hash(redis, keys.totals)["ALL:count"] == "2999"


# Milestones


def test_a_step_that_a_typo_reached_is_not_reached_any_more(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    heard = Heard(redis, board)
    heard.tell(Change("typo", 1, donation("typo", amount=600_000)))
    assert list(heard.last.milestones) == [50_000_000]
    assert heard.last.celebrate == (50_000_000,)
    first = heard.last.milestones[50_000_000]
    heard.tell(Change("typo", 2, donation("typo", amount=60)))
    assert heard.last.milestones == {50_000_000: None}
    assert not heard.last.celebrate
    snapshot = snapshot_of(redis, board)
    assert snapshot is not None
    assert snapshot.milestones == {}
    # Within ten minutes it is the same step, which is not celebrated twice.
    heard.tell(Change("d-1", 3, donation("d-1", amount=600_000)))
    assert heard.last.milestones == {50_000_000: first}
    assert not heard.last.celebrate
    heard.tell(Change("d-1", 4, None))
    lost = read_hash(redis, keys.milestones)["lost:50000000"]
    eleven_minutes_ago = f"{lost.partition('|')[0]}|{int(time.time() * 1000) - 660_000}"
    redis.hset(keys.milestones, "lost:50000000", eleven_minutes_ago)
    heard.tell(Change("d-2", 5, donation("d-2", amount=600_000)))
    assert heard.last.celebrate == (50_000_000,)
    assert heard.last.milestones[50_000_000] == heard.last.at
    assert read_hash_keys(redis, keys.milestones) == ["50000000"]


class Heard:
    """Delivers the stream's changes, and returns the message of each."""

    def __init__(self, redis: Redis, board: Board) -> None:
        self._redis, self._board = redis, board
        self._pubsub = redis.pubsub(ignore_subscribe_messages=True)
        self._pubsub.subscribe(CHANNEL)
        while self._pubsub.get_message(timeout=0.1) is not None:
            pass

    def tell(self, *changes: Change) -> Message:
        apply_batch(self._redis, board_keys(self._board.name), stream(self._board, *changes))
        while True:
            published: Any = self._pubsub.get_message(timeout=5)
            if published is not None:
                self.last = decode_message(published["data"])
                if self.last.board == self._board.name:
                    return self.last


# The timeline


def minutes_ago(minutes: int) -> str:
    moment = datetime.fromtimestamp(time.time() - 60 * minutes, UTC)
    return moment.isoformat(timespec="seconds")


def test_a_new_step_is_told_with_all_its_points(
    redis: Redis, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MAX_POINTS", 3)
    heard = Heard(redis, board)
    old = [
        Change(f"d-{n}", 1, donation(f"d-{n}", donated_at=f"2020-01-01T00:0{n}:00Z"))
        for n in range(3)
    ]
    heard.tell(*old)
    assert (heard.last.step_seconds, len(heard.last.points or {})) == (60, 3)
    heard.tell(Change("new", 2, donation("new", amount=1, donated_at="2020-01-01T00:04:00Z")))
    start = 1_577_836_800
    assert heard.last.step_seconds == 120
    assert heard.last.points == {
        start: {"count": 2, "amount": 5000},
        start + 120: {"count": 1, "amount": 2500},
        start + 240: {"count": 1, "amount": 100},
    }
    heard.tell(Change("new", 3, None))
    assert heard.last.points == {start + 240: None}


def test_recent_buckets_are_those_of_70_minutes_and_of_the_future(
    redis: Redis, board: Board
) -> None:
    keys = board_keys(board.name)
    heard = Heard(redis, board)
    changes = [
        Change(f"{minutes}", 1, donation(f"{minutes}", donated_at=minutes_ago(minutes)))
        for minutes in (-300, -5, 0, 68, 72)
    ]
    heard.tell(*changes)
    assert len(heard.last.recent or {}) == 4
    heard.tell(*(Change(f"{minutes}", 2, None) for minutes in (-5, 72)))
    assert list((heard.last.recent or {}).values()) == [None]
    # An hour later.
    floor = int(read_hash(redis, keys.meta)["recent_floor"])
    redis.hset(keys.meta, "recent_floor", floor - 3600)
    redis.hset(keys.recent, f"{floor - 60}:count", 1)
    redis.hset(keys.recent, f"{floor - 60}:amount", 1)
    seal(redis, board)
    heard.tell(Change("now", 3, donation("now", donated_at=minutes_ago(0))))
    starts = {int(field.partition(":")[0]) for field in read_hash_keys(redis, keys.recent)}
    assert min(starts) >= floor


def test_who_dates_items_ahead_does_not_grow_what_is_recent(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    ahead = [
        Change(f"{n}", 1, donation(f"{n}", donated_at=minutes_ago(-10 * n))) for n in range(1, 400)
    ]
    apply_batch(redis, keys, stream(board, *ahead))
    assert redis.hlen(keys.recent) == 2 * 300
    # Items that were left out are not subtracted either.
    apply_batch(redis, keys, stream(board, Change("399", 2, None), Change("1", 2, None)))
    assert redis.hlen(keys.recent) == 2 * 299
    assert all(int(value) >= 0 for value in read_hash(redis, keys.recent).values())


def test_an_item_dated_ahead_does_not_stay_on_top_of_the_ticker(redis: Redis, board: Board) -> None:
    assert board.ticker is not None
    keys = board_keys(board.name)
    ahead = [
        Change(f"{n}", 1, donation(f"{n}", donated_at="2062-01-01T00:00:00Z"))
        for n in range(board.ticker.capacity)
    ]
    apply_batch(redis, keys, stream(board, *ahead))
    time.sleep(0.002)
    apply_batch(
        redis, keys, stream(board, Change("real", 1, donation("real", donated_at=minutes_ago(0))))
    )
    snapshot = snapshot_of(redis, board)
    assert snapshot is not None
    assert all(item.at_ms <= time.time() * 1000 for item in snapshot.ticker)


def test_running_totals_are_noticed(redis: Redis, board: Board) -> None:
    """The timeline does not show when their amounts arrived."""
    heard = Heard(redis, board)
    heard.tell(Change("sum", 1, donation("sum", amount=10, donated_at="2026-11-21T19:00:00Z")))
    for sequence in range(2, 5):
        at = f"2026-11-21T19:0{sequence}:00Z"
        heard.tell(Change("sum", sequence, donation("sum", amount=10 * sequence, donated_at=at)))
        assert heard.last.moved == sequence - 1
    # A correction of the amount or of the time is not an update in place.
    heard.tell(Change("sum", 5, donation("sum", amount=99, donated_at="2026-11-21T19:04:00Z")))
    heard.tell(Change("sum", 6, donation("sum", amount=9, donated_at="2026-11-21T19:09:00Z")))
    assert heard.last.moved is None
    snapshot = snapshot_of(redis, board)
    assert snapshot is not None
    assert snapshot.moved == 3
