"""Rare cases of `apply.lua`, on a real Redis."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import NoPermissionError, ResponseError

from aggregates.batch import Batch, BatchEncoder, Change, PagePlace
from aggregates.board import Board, Ticker
from aggregates.groups_page import read_group, read_groups
from aggregates.keys import board_keys
from aggregates.scripts import apply_batch, read_snapshot, read_standing_async
from reconcile.scripts import Start, begin_run, begin_sweep, claim_run, finish_run
from tests.conftest import RedisServer
from tests.proof import make_claim
from tests.reading_back import snapshot_of
from tests.reconcile.scripted import read_all, read_hash
from tests.stream_events import donation

pytestmark = pytest.mark.anyio

NOW = int(time.time())
# The start of a run's read of the table, and times long and shortly before it.
BEGAN = NOW - 1000
STALE, FRESH = BEGAN - 61, BEGAN - 59


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def stream(board: Board, *changes: Change) -> Batch:
    return BatchEncoder(board).encode_stream(changes, stream_ms=1)


def given(key: str, sequence: int, created: float | None = None, **of: Any) -> Change:
    """Return a change made now, or at `created`."""
    return Change(key, sequence, donation(key, **of), created or time.time())


def begin(redis: Redis, board: Board) -> int:
    """Begin a read of the table at `BEGAN`; return the board's version at that moment."""
    keys = board_keys(board.name)
    claim = make_claim(redis, board, owner="owner")
    claim_run(redis, keys, claim)
    start = Start("owner", claim.server, claim.at, stale_before=BEGAN - 60)
    return int(begin_run(redis, keys, start)["started_version"])


def read_page(redis: Redis, board: Board, guard: int, *changes: Change) -> None:
    place = PagePlace("owner", "cursor:0", "", "end")
    page = BatchEncoder(board).encode_page(changes, guard_version=guard, place=place)
    apply_batch(redis, board_keys(board.name), page)


def finish(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    begin_sweep(redis, keys, "owner")
    finish_run(redis, keys, board, "owner")


def read_amount(redis: Redis, board: Board) -> int:
    return int(read_hash(redis, board_keys(board.name).totals)["ALL:amount"])


# Records from before the table was read


def test_a_record_from_before_the_proof_changes_nothing_any_more(
    redis: Redis, board: Board
) -> None:
    """A shard that is hours behind does not revert items to older states."""
    keys = board_keys(board.name)
    guard = begin(redis, board)
    read_page(redis, board, guard, given("d-1", 0, amount=7))
    finish(redis, board)
    before = read_all(redis, board)
    old = [given("d-1", 10, STALE, amount=3), given("unknown", 11, STALE, amount=5)]
    assert apply_batch(redis, keys, stream(board, *old))[1:] == (0, 2)
    assert read_all(redis, board) == before


def test_a_record_that_was_made_while_the_table_was_read_counts(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    guard = begin(redis, board)
    read_page(redis, board, guard, given("d-1", 0, amount=7))
    finish(redis, board)
    apply_batch(redis, keys, stream(board, given("d-1", 10, FRESH, amount=3)))
    assert read_amount(redis, board) == 300


def test_a_page_overwrites_what_an_older_record_has_told_meanwhile(
    redis: Redis, board: Board
) -> None:
    """The record is newer to the ledger, but not newer than the page."""
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, given("d-1", 1, amount=1)))
    guard = begin(redis, board)
    old = [given("d-1", 10, STALE, amount=3), given("unknown", 11, STALE, amount=5)]
    apply_batch(redis, keys, stream(board, *old))
    assert read_amount(redis, board) == 800
    read_page(redis, board, guard, given("d-1", 0, amount=7), given("unknown", 0, amount=9))
    assert read_amount(redis, board) == 1600


def test_an_older_record_that_comes_after_its_items_page_is_skipped(
    redis: Redis, board: Board
) -> None:
    keys = board_keys(board.name)
    guard = begin(redis, board)
    read_page(redis, board, guard, given("d-1", 0, amount=7))
    apply_batch(redis, keys, stream(board, given("d-1", 10, STALE, amount=3)))
    assert read_amount(redis, board) == 700


def test_an_older_record_of_an_item_that_the_table_has_not_is_swept_away_or_skipped(
    redis: Redis, board: Board
) -> None:
    keys = board_keys(board.name)
    guard = begin(redis, board)
    read_page(redis, board, guard)
    apply_batch(redis, keys, stream(board, given("before the sweep", 10, STALE)))
    begin_sweep(redis, keys, "owner")
    apply_batch(redis, keys, stream(board, given("during the sweep", 11, STALE)))
    ledger: Any = redis.hkeys(keys.ledger)
    assert ledger == [b"before the sweep"]
    # The sweep removes items that were not touched since the run began, such as this one.
    place = PagePlace("owner", "cursor:sweep", "0", "1")
    gone = [Change("before the sweep", 0, None)]
    apply_batch(
        redis, keys, BatchEncoder(board).encode_page(gone, guard_version=guard, place=place)
    )
    assert read_amount(redis, board) == 0


def test_an_older_record_does_not_bring_back_what_was_removed_before_the_run(
    redis: Redis, board: Board
) -> None:
    """The sweep ignores items that are already removed."""
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, Change("gone", 1, None, NOW)))
    guard = begin(redis, board)
    read_page(redis, board, guard)
    begin_sweep(redis, keys, "owner")
    assert apply_batch(redis, keys, stream(board, given("gone", 2, STALE)))[1:] == (0, 1)


def test_an_older_removal_of_what_is_still_to_be_swept_counts(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, given("gone", 1)))
    guard = begin(redis, board)
    read_page(redis, board, guard)
    begin_sweep(redis, keys, "owner")
    apply_batch(redis, keys, stream(board, Change("gone", 2, None, STALE)))
    assert read_amount(redis, board) == 0


# Totals that somebody has corrupted


@pytest.mark.parametrize(
    "value", ["2500.5", "many", "", "9007199254740992"], ids=["fraction", "text", "empty", "huge"]
)
@pytest.mark.parametrize("field", ["Facebook:amount", "ALL:count"])
def test_a_batch_that_cannot_be_added_writes_nothing_and_says_what_to_do(
    redis: Redis, board: Board, field: str, value: str
) -> None:
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, given("d-1", 1)))
    redis.hset(keys.totals, field, value)
    before = read_all(redis, board)
    with pytest.raises(ResponseError, match=f"TOTALS .* has {field} .* reconcile the board"):
        apply_batch(redis, keys, stream(board, given("d-2", 2)))
    assert read_all(redis, board) == before


# Who may not write


async def test_a_user_who_may_not_write_reads_all_that_is_shown(
    redis_server: RedisServer, board: Board
) -> None:
    """The web app faces the Internet; an attacker who takes it over must not write totals."""
    with Redis.from_url(redis_server.url) as admin:
        apply_batch(admin, board_keys(board.name), stream(board, given("d-1", 1)))
        rules = ["on", "nopass", "~*", "resetchannels", "-@all", "+@read", "+time"]
        admin.execute_command("ACL", "SETUSER", "reader", *rules, "+evalsha_ro", "+eval_ro")
    url = redis_server.url.replace("//", "//reader:x@")
    async with AsyncRedis.from_url(url) as reader:
        # First EVAL with the text, then EVALSHA.
        for _ in range(2):
            standing = await read_standing_async(reader, board_keys(board.name))
            snapshot = await read_snapshot(reader, board)
            page = await read_groups(reader, board, "", 10)
            placed = await read_group(reader, board, "Facebook")
        assert (standing.version, standing.is_lost) == (1, False)
        assert snapshot is not None
        assert snapshot.totals["ALL"]["count"] == page.groups[0].totals["count"] == 1
        assert placed.groups[0].place == 1
        with pytest.raises(NoPermissionError):
            await reader.hset(board_keys(board.name).totals, "ALL:amount", 5)
        with pytest.raises(NoPermissionError):
            await reader.publish("aggregates", "x")


# What the ticker shows


def shown_on(redis: Redis, board: Board) -> list[Any]:
    snapshot = snapshot_of(redis, board)
    assert snapshot is not None
    return sorted((item.attributes for item in snapshot.ticker), key=str)


def test_a_name_is_shown_when_it_is_approved_and_hidden_again(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    board = make_board(ticker=Ticker(4, ("amount", "name"), show_if="approved"))
    gift = donation("d-1", amount=25) | {"name": {"S": "Ada"}}
    shown = []
    for sequence, approved in enumerate((None, True, False), 1):
        image = gift | ({} if approved is None else {"approved": {"BOOL": approved}})
        change = Change("d-1", sequence, image, time.time())
        apply_batch(redis, board_keys(board.name), stream(board, change))
        shown += shown_on(redis, board)
    assert shown == [{"amount": 2500}, {"amount": 2500, "name": "Ada"}, {"amount": 2500}]


def test_small_gifts_that_are_not_shown_push_out_no_others(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    board = make_board(ticker=Ticker(2, ("amount",), least_minor=500))
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, given("large", 1, amount=50)))
    later = "2026-11-21T20:00:00Z"
    small = [given(f"small-{n}", 2 + n, amount=1, donated_at=later) for n in range(9)]
    apply_batch(redis, keys, stream(board, *small))
    assert shown_on(redis, board) == [{"amount": 5000}]
    apply_batch(redis, keys, stream(board, given("small-0", 20, amount=7, donated_at=later)))
    assert shown_on(redis, board) == [{"amount": 5000}, {"amount": 700}]
    apply_batch(redis, keys, stream(board, given("small-0", 21, amount=1, donated_at=later)))
    assert shown_on(redis, board) == [{"amount": 5000}]
