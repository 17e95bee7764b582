import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from redis import Redis

from aggregates.batch import MAX_SEQUENCE, BatchEncoder, Change, PagePlace
from aggregates.board import MAX_VALUE_MINOR, Board, Measure
from aggregates.item import Image
from aggregates.keys import board_keys
from aggregates.scripts import apply_batch
from aggregates.units import PLAIN
from reconcile.ledger import COUNTED, REJECTED, REMOVED, Entry, read_entry
from tests.stream_events import donation

GOOD = donation("d-1")
BAD = donation("d-1", amount="1") | {"amount": {"S": "ten"}}
MINUTE = int(datetime(2026, 11, 21, 19, 4, tzinfo=UTC).timestamp()) // 60

each_length = pytest.mark.parametrize(
    "sequence", [111, 10**24, 2**96 - 1, 2**96, 10**40 - 1, MAX_SEQUENCE], ids=lambda n: f"{n:.0e}"
)


def write(redis: Redis, board: Board, *changes: Change) -> int:
    """Apply changes of a stream; return the board's version."""
    batch = BatchEncoder(board).encode_stream(changes, stream_ms=1)
    return apply_batch(redis, board_keys(board.name), batch).version


def read(redis: Redis, board: Board, key: str = "d-1") -> Entry:
    packed = redis.hget(board_keys(board.name).ledger, key)
    assert isinstance(packed, bytes)
    return read_entry(packed)


@each_length
def test_python_reads_a_counted_entry_that_lua_wrote(
    redis: Redis, board: Board, sequence: int
) -> None:
    write(redis, board, Change("d-0", 1, donation("d-0", "Phone")))
    for amount, minor in (("25", 2500), ("-3.10", -310)):
        sequence_now = sequence if minor < 0 else sequence - 1
        image = donation("d-1", "Facebook", amount)
        version = write(redis, board, Change("d-1", sequence_now, image))
        expected = Entry(COUNTED, version, 2, MINUTE, (minor,), stream=1, sequence=sequence_now)
        assert read(redis, board) == expected


@each_length
@pytest.mark.parametrize(("image", "kind"), [(None, REMOVED), (BAD, REJECTED)], ids=str)
def test_python_reads_since_when_an_item_is_not_counted(
    redis: Redis, board: Board, sequence: int, image: Image | None, kind: int
) -> None:
    write(redis, board, Change("d-1", sequence - 1, GOOD))
    before = int(time.time())
    version = write(redis, board, Change("d-1", sequence, image))
    entry = read(redis, board)
    assert entry == Entry(kind, version, since=entry.since, stream=1, sequence=sequence)
    assert before <= entry.since <= time.time()


@pytest.mark.parametrize("minor", [0, -1, MAX_VALUE_MINOR, -MAX_VALUE_MINOR])
def test_values_of_several_measures_keep_their_signs(
    redis: Redis, make_board: Callable[..., Board], minor: int
) -> None:
    board = make_board()
    board = replace(board, measures=(*board.measures, Measure("points", "points", PLAIN)))
    image = GOOD | {"points": {"N": str(minor)}}
    version = write(redis, board, Change("d-1", 5, image))
    expected = Entry(COUNTED, version, 1, MINUTE, (2500, minor), stream=1, sequence=5)
    assert read(redis, board) == expected


def test_a_board_without_measures_and_time_has_entries_too(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    board = make_board(measures=(), time=None, bucket_seconds=None, ticker=None, goal=None)
    version = write(redis, board, Change("d-1", 5, GOOD))
    assert read(redis, board) == Entry(COUNTED, version, 1, 0, (), stream=1, sequence=5)


def test_an_item_that_only_a_scan_has_seen_is_read_like_any(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    redis.hset(keys.reconcile, mapping={"owner": "o", "cursor:0": ""})
    place = PagePlace("o", "cursor:0", "", "end")
    page = BatchEncoder(board).encode_page([Change("d-1", 0, GOOD)], guard_version=0, place=place)
    version = apply_batch(redis, keys, page).version
    assert read(redis, board) == Entry(COUNTED, version, 1, MINUTE, (2500,))


def test_an_entry_is_as_long_as_the_protocol_says(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    board = make_board()
    keys = board_keys(board.name)
    changes = [
        Change("counted", 10**24, GOOD),
        Change("removed", 10**24, None),
        Change("rejected", 10**24, BAD),
        Change("long", 10**40 - 1, GOOD),
    ]
    write(redis, board, *changes)
    lengths = {change.key: redis.hstrlen(keys.ledger, change.key) for change in changes}
    head = 1 + 1 + 12 + 4
    assert lengths == {
        "counted": head + 3 + 4 + 5,
        "removed": head + 4,
        "rejected": head + 4,
        "long": head + 6 + 3 + 4 + 5,
    }
