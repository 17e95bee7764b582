import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from aggregates.batch import MAX_SEQUENCE, BatchEncoder, Change, PagePlace, Rejection
from aggregates.board import Board, Condition, Ticker
from aggregates.board_file import load_board
from aggregates.groups import clean_group
from aggregates.keys import board_keys
from aggregates.message import SCHEMA, format_time
from aggregates.scripts import apply_batch
from tests.stream_events import donation

BOARD = load_board(Path(__file__).parents[2] / "boards/fundraiser.toml")
CREATED = datetime(2026, 11, 21, 19, 4, 11, tzinfo=UTC).timestamp()


def encode(*changes: Change, board: Board = BOARD) -> dict[str, Any]:
    batch = BatchEncoder(board).encode_stream(changes, stream_ms=5)
    columns: dict[str, Any] = json.loads(batch.text)
    return columns


def given(key: str, sequence: int = 1, **of: Any) -> Change:
    return Change(key, sequence, donation(key, **of), CREATED)


def test_a_batch_says_what_board_and_stream_it_is_of() -> None:
    batch = encode(given("d-1"))
    assert batch["schema"] == SCHEMA
    assert (batch["board"], batch["definition"]) == ("fundraiser", BOARD.definition)
    assert (batch["stream"], batch["created"]) == (5, "2026-11-21T19:04:11.000Z")
    assert (batch["measures"], batch["bucket_seconds"]) == (["amount"], 60)
    assert batch["goal"]["steps"] == [
        "50000000",
        "100000000",
        "150000000",
        "200000000",
        "250000000",
    ]
    assert "guard_version" not in batch


def test_a_page_has_a_guard_and_a_place_and_no_stream() -> None:
    place = PagePlace("owner", "cursor:0", "", "end")
    changes = [given("d-1", 0), Change("d-2", 0, None)]
    encoded = BatchEncoder(BOARD).encode_page(changes, guard_version=7, place=place)
    batch = json.loads(encoded.text)
    assert batch["guard_version"] == 7
    # Removed items are not read.
    assert batch["page"] == place._asdict() | {"items": 1}
    assert not {"stream", "created"} & set(batch)


def test_a_batch_says_when_its_newest_record_was_made() -> None:
    now = time.time()
    batch = encode(*(Change(str(ago), 1, None, now - ago) for ago in (90, 59, 70)))
    assert batch["created"] == format_time(datetime.fromtimestamp(now - 59, UTC))
    assert batch["created_seconds"] == [int(now - ago) for ago in (90, 59, 70)]
    late = encode(Change("a", 1, None, now - 61), Change("b", 1, None))
    # No change can be older than one without a date.
    assert late["created_seconds"][1] >= int(now)


def test_a_batch_of_recent_records_does_not_say_when_each_was_made() -> None:
    now = time.time()
    assert "created_seconds" not in encode(Change("a", 1, None, now - 29), Change("b", 1, None))
    undated = encode(Change("a", 1, None))
    assert not {"created", "created_seconds"} & set(undated)


def test_a_record_from_the_future_does_not_say_when_it_was_made() -> None:
    now = time.time()
    batch = encode(Change("soon", 1, None, now + 60), Change("ahead", 2, None, now + 3600))
    assert batch["created"] == format_time(datetime.fromtimestamp(now + 60, UTC))
    mixed = encode(Change("old", 1, None, now - 90), Change("ahead", 2, None, now + 3600))
    assert mixed["created_seconds"][1] <= time.time()
    assert "created" not in encode(Change("ahead", 2, None, now + 3600))


def test_an_item_outside_the_board_is_a_row_like_a_removed_one() -> None:
    paid = replace(BOARD, where=(Condition("status", ("PAID",)),))
    failed = Change("failed", 2, donation("failed") | {"status": {"S": "FAILED"}})
    good = Change("good", 3, donation("good") | {"status": {"S": "PAID"}})
    changes = [Change("gone", 1, None), failed, good]
    batch = BatchEncoder(paid).encode_stream(changes, stream_ms=5)
    columns = json.loads(batch.text)
    assert (columns["groups"], columns["reasons"], batch.rejections) == ([0, 0, 1], {}, [])


def test_a_reason_quotes_no_attribute_that_the_board_does_not_list() -> None:
    image = donation("d-1", donated_at="jane@example.org")
    reason = 'a time such as "2019-08-07T07:26:56Z" is needed'
    for attributes, expected in (
        (("donationId", "platform"), f"donatedAt is not a time; {reason}"),
        (("donatedAt",), f'donatedAt is "jane@example.org"; {reason}'),
    ):
        board = replace(BOARD, ticker=Ticker(3, attributes))
        batch = BatchEncoder(board).encode_stream([Change("d-1", 1, image)], stream_ms=5)
        assert batch.rejections == [Rejection("d-1", expected)]
        assert json.loads(json.loads(batch.text)["reasons"]["1"])["reason"] == expected


def test_items_dated_long_ago_or_ahead_count_and_are_told() -> None:
    ages = {"unset": "1970-01-01", "old": "2000-01-01", "ahead": "2099-01-01"}
    changes = [given(key, donated_at=at) for key, at in ages.items()]
    batch = BatchEncoder(BOARD).encode_stream(changes, stream_ms=5)
    assert [(o.key, o.date) for o in batch.outliers] == [
        ("unset", "1970-01-01"),
        ("ahead", "2099-01-01"),
    ]
    assert json.loads(batch.text)["groups"] == [1, 1, 1]
    timeless = replace(BOARD, time=None, bucket_seconds=None, ticker=None)
    assert BatchEncoder(timeless).encode_stream(changes, stream_ms=5).outliers == []


@pytest.mark.parametrize(
    "image",
    [
        donation("d-1") | {"platform": {"S": "Red\ud800"}},
        donation("d-1") | {"note": {"S": "\ud800"}, "seat": {"N": "\ud800"}},
        donation("d-1") | {"note": "text", "seat": ["a list"]},
    ],
    ids=["group", "shown text", "shown nonsense"],
)
def test_nothing_in_an_item_keeps_a_batch_from_being_sent(image: dict[str, Any]) -> None:
    board = replace(BOARD, ticker=Ticker(3, ("platform", "note", "seat")))
    batch = BatchEncoder(board).encode_stream([Change("d-1", 1, image)], stream_ms=5)
    assert batch.text.encode()
    assert json.loads(batch.text)["groups"] == [1]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)], ids=str)
def test_only_the_newest_change_of_each_item_is_sent(order: tuple[int, ...]) -> None:
    changes = [given("d-1", sequence, amount=sequence) for sequence in order]
    batch = encode(*changes, given("d-2", 1, amount=9))
    assert batch["keys"] == ["d-1", "d-2"]
    assert batch["low"] == [3, 1]
    assert batch["values"] == [[300, 900]]


def test_of_equal_sequence_numbers_the_last_is_sent() -> None:
    batch = encode(given("d-1", 7, amount=1), given("d-1", 7, amount=2), Change("d-2", 7, None))
    assert (batch["keys"], batch["values"]) == (["d-1", "d-2"], [[200, 0]])


def test_sequence_numbers_are_compared_as_numbers_not_as_text() -> None:
    assert encode(given("d-1", 100, amount=2), given("d-1", 99, amount=1))["values"] == [[200]]


def test_removed_rejected_and_counted_rows_are_told_apart() -> None:
    bad = Change("bad", 2, donation("bad") | {"amount": {"S": "ten"}})
    batch = BatchEncoder(BOARD).encode_stream(
        [Change("gone", 1, None), bad, given("good", 3), Change("blank", 4, {}, None, "no image")],
        stream_ms=5,
    )
    columns = json.loads(batch.text)
    assert columns["groups"] == [0, -1, 1, -1]
    assert columns["group_names"] == ["Facebook"]
    assert {row: json.loads(text)["reason"] for row, text in columns["reasons"].items()} == {
        "2": 'amount is text "ten"; a number is needed',
        "4": "no image",
    }
    assert batch.rejections == [
        Rejection("bad", 'amount is text "ten"; a number is needed'),
        Rejection("blank", "no image"),
    ]


def test_groups_are_named_once() -> None:
    batch = encode(*(given(f"d-{i}", i, platform="ab"[i % 2]) for i in range(1, 5)))
    assert batch["group_names"] == ["b", "a"]
    assert batch["groups"] == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("sequence", "digits"),
    [
        (111, 2),
        (2**48, 2),
        (2**96 - 1, 2),
        (2**96, 3),
        (10**40 - 1, 3),
        (MAX_SEQUENCE, 3),
    ],
)
def test_a_sequence_number_is_two_digits_or_three_in_base_2_to_the_48(
    sequence: int, digits: int
) -> None:
    batch = encode(given("d-1", sequence))
    sent = [batch[column][0] for column in ("low", "middle", "high") if column in batch]
    assert len(sent) == digits
    assert all(0 <= digit < 2**48 for digit in sent)
    assert sum(digit << 48 * place for place, digit in enumerate(sent)) == sequence


def test_one_long_sequence_number_gives_all_rows_a_third_digit() -> None:
    assert encode(given("d-1", 1), given("d-2", 10**40 - 1))["high"] == [0, (10**40 - 1) >> 96]


def test_the_ticker_gets_only_as_many_of_the_newest_as_it_can_hold() -> None:
    board = replace(BOARD, ticker=Ticker(length=2, attributes=("amount",)))
    assert board.ticker is not None
    times = [3, 9, 1, 7, 5, 8, 2]
    changes = [
        given(f"d-{i}", i, amount=second, donated_at=f"2026-11-21T19:04:0{second}Z")
        for i, second in enumerate(times)
    ]
    batch = encode(*changes, board=board)
    assert len(batch["shown_rows"]) == board.ticker.capacity == 4
    assert [times[row - 1] for row in batch["shown_rows"]] == [9, 8, 7, 5]
    assert [json.loads(text) for text in batch["shown"]] == [
        {"amount": 900},
        {"amount": 800},
        {"amount": 700},
        {"amount": 500},
    ]


def test_of_items_of_one_time_the_ticker_takes_the_last_keys() -> None:
    board = replace(BOARD, ticker=Ticker(length=1, attributes=("amount",)))
    batch = encode(*(given(key) for key in "badc"), board=board)
    assert [batch["keys"][row - 1] for row in batch["shown_rows"]] == ["d", "c"]


def test_a_board_without_ticker_timeline_and_goal_sends_nothing_of_them() -> None:
    board = replace(BOARD, time=None, ticker=None, bucket_seconds=None, goal=None)
    batch = encode(given("d-1"), board=board)
    assert not {"ticker_capacity", "bucket_seconds", "goal"} & set(batch)
    assert (batch["shown_rows"], batch["shown"], batch["times"]) == ([], [], [0])


def test_no_email_address_is_sent_to_redis() -> None:
    changes = [given("d-1"), Change("d-2", 2, donation("d-2") | {"amount": {"S": "ten"}})]
    batch = BatchEncoder(BOARD).encode_stream(changes, stream_ms=5)
    assert "example.org" not in batch.text


@pytest.mark.parametrize("key", ["🎁", 'a"b\\c', "two\nlines", "a:b{c}", "é" * 400, "\x00\x7f"])
def test_any_key_and_group_survives_json_and_lua(
    redis: Redis, make_board: Callable[..., Board], key: str
) -> None:
    board = make_board()
    keys, group = board_keys(board.name), clean_group(key[:200]) or "(none)"
    batch = BatchEncoder(board).encode_stream(
        [Change(key, 1, donation("d-1", platform=group, amount=3))], stream_ms=5
    )
    apply_batch(redis, keys, batch)
    assert redis.hkeys(keys.ledger) == [key.encode()]
    assert redis.hget(keys.totals, f"{group}:amount") == b"300"
    assert redis.hkeys(keys.ticker) == [key.encode()]
