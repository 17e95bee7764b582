"""Bad records, bad events and failing machines: nothing is lost, nothing is blocked."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board, Ticker
from aggregates.connection import connect
from aggregates.item import KeyMismatch
from aggregates.keys import board_keys
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer, Response
from lambda_handler.stream import EventError
from tests.conftest import RedisServer, free_port
from tests.stream_events import STREAM_ARN, donation, event, record

DONE: Response = {"batchItemFailures": []}
MISSING: dict[str, Any] = {}


class Counting:
    """A board with its consumer and its keys in Redis."""

    def __init__(self, redis: Redis, board: Board) -> None:
        self.redis, self.board, self.keys = redis, board, board_keys(board.name)
        self.consumer = Consumer(count_on([board], lambda: redis))

    def take(self, *records: dict[str, Any]) -> Response:
        return self.consumer.consume(event(*records))

    def totals(self) -> dict[str, int]:
        fields: Any = self.redis.hgetall(self.keys.totals)
        return {field.decode(): int(value) for field, value in fields.items()}

    def reasons(self) -> dict[str, str]:
        fields: Any = self.redis.hgetall(self.keys.rejected)
        return {key.decode(): json.loads(text)["reason"] for key, text in fields.items()}


@pytest.fixture
def counting(redis: Redis, board: Board) -> Counting:
    return Counting(redis, board)


def image_with(key: str, name: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return a donation with one attribute changed; `MISSING` removes it."""
    image = donation(key)
    if value is MISSING:
        del image[name]
    else:
        image[name] = value
    return image


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "an amount in text": ("amount", {"S": "ten"}, 'amount is text "ten"; a number is needed'),
    "an amount in words": ("amount", {"N": "ten"}, 'amount is "ten", which is not a number'),
    "half a cent": ("amount", {"N": "10.005"}, 'amount is "10.005"; USD has 2 decimals'),
    "10 to the 20": (
        "amount",
        {"N": str(10**20)},
        'amount is "100000000000000000000"; at most 4,503,599,627.37 can be counted',
    ),
    "no amount": ("amount", MISSING, "amount is missing"),
    "no platform": ("platform", MISSING, "platform is missing"),
    "an empty platform": ("platform", {"S": ""}, "platform is empty"),
    "the platform ALL": (
        "platform",
        {"S": "ALL"},
        'platform is "ALL", the name that stands for all groups together',
    ),
    "a platform of 400 KB": (
        "platform",
        {"S": "x" * 400_000},
        "platform has 400,000 characters; a group has at most 200",
    ),
    "no time": ("donatedAt", MISSING, "donatedAt is missing"),
    "an e-mail address for a time": (
        "donatedAt",
        {"S": "jane@example.org"},
        'donatedAt is not a time; a time such as "2019-08-07T07:26:56Z" is needed',
    ),
    "an attribute that is text": (
        "amount",
        "ten",  # type: ignore[dict-item]
        "the item does not have DynamoDB's form (AttributeError)",
    ),
    "a list of numbers": (
        "amount",
        {"N": ["10"]},
        "amount is not a number in DynamoDB's form",
    ),
    "a lone surrogate as a platform": ("platform", {"S": "\ud800"}, "platform is empty"),
}
each_bad_attribute = pytest.mark.parametrize(("name", "value", "reason"), BAD.values(), ids=BAD)


@each_bad_attribute
def test_a_bad_record_is_rejected_with_its_reason_and_blocks_nothing(
    counting: Counting, name: str, value: dict[str, Any], reason: str
) -> None:
    response = counting.take(
        record(101, donation("good-1", amount=10)),
        record(102, image_with("bad", name, value)),
        record(103, donation("good-2", amount=5)),
    )
    assert response == DONE
    assert counting.reasons() == {"bad": reason}
    assert counting.totals() == {
        "Facebook:count": 2,
        "Facebook:amount": 1500,
        "ALL:count": 2,
        "ALL:amount": 1500,
    }


@each_bad_attribute
def test_a_good_item_that_turns_bad_leaves_the_totals(
    counting: Counting, name: str, value: dict[str, Any], reason: str
) -> None:
    counting.take(record(101, donation("d-1")))
    assert counting.take(record(102, image_with("d-1", name, value))) == DONE
    assert counting.reasons() == {"d-1": reason}
    assert counting.totals() == {"ALL:count": 0, "ALL:amount": 0}


def test_a_rejected_item_is_counted_and_cleared_by_a_later_good_change(counting: Counting) -> None:
    counting.take(record(101, image_with("d-1", "amount", {"S": "ten"})))
    assert set(counting.reasons()) == {"d-1"}
    counting.take(record(102, donation("d-1", amount=10)))
    assert counting.reasons() == {}
    assert counting.totals()["ALL:amount"] == 1000


def test_a_rejected_item_is_cleared_by_its_removal(counting: Counting) -> None:
    counting.take(record(101, image_with("d-1", "amount", {"S": "ten"})))
    counting.take(record(102, None, key="d-1"))
    assert counting.reasons() == {}
    assert not any(counting.totals().values())


def test_a_bad_record_delivered_late_does_not_undo_a_good_one(counting: Counting) -> None:
    counting.take(record(102, donation("d-1", amount=10)))
    counting.take(record(101, image_with("d-1", "amount", {"S": "ten"})))
    assert counting.reasons() == {}
    assert counting.totals()["ALL:amount"] == 1000


def test_a_bad_record_is_logged_without_the_item(
    counting: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "tallyboard"):
        counting.take(record(101, image_with("d-1", "amount", {"S": "ten"})))
    mark = sha256(b"d-1").hexdigest()[:12]
    assert f"item #{mark} is not counted: amount is text" in caplog.text
    assert "d-1" not in caplog.text
    assert "example.org" not in caplog.text


def test_a_board_that_lists_the_key_logs_it(
    redis: Redis, make_board: Callable[..., Board], caplog: pytest.LogCaptureFixture
) -> None:
    counting = Counting(redis, make_board(ticker=Ticker(3, ("donationId", "platform"))))
    counting.take(record(101, image_with("d-1", "amount", {"S": "jane@example.org"})))
    assert "item d-1 is not counted: amount is text; a number is needed" in caplog.text
    assert counting.reasons() == {"d-1": "amount is text; a number is needed"}


def test_an_item_dated_long_ago_or_ahead_counts_and_is_named_in_the_log(
    counting: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    counting.take(
        record(101, donation("unset", donated_at="1970-01-01T00:00:00Z")),
        record(102, donation("ahead", donated_at="2099-11-28T11:00:00Z")),
        record(103, donation("fine", donated_at="2026-11-21T19:04:11Z")),
    )
    marks = {key: sha256(key.encode()).hexdigest()[:12] for key in ("unset", "ahead", "fine")}
    assert counting.totals()["ALL:count"] == 3
    assert f"item #{marks['unset']} is dated 1970-01-01, which is probably wrong" in caplog.text
    assert f"item #{marks['ahead']} is dated 2099-11-28, which is probably wrong" in caplog.text
    assert marks["fine"] not in caplog.text


@pytest.mark.parametrize("platform", ["a:b", "x:amount", "ALL:count", "🎁", "{a}"])
def test_a_platform_with_odd_characters_is_counted_right(counting: Counting, platform: str) -> None:
    counting.take(
        record(101, donation("d-1", platform=platform, amount=10)),
        record(102, donation("d-2", platform=platform, amount="2.50")),
        record(103, donation("d-3", amount=1)),
    )
    assert counting.totals() == {
        f"{platform}:count": 2,
        f"{platform}:amount": 1250,
        "Facebook:count": 1,
        "Facebook:amount": 100,
        "ALL:count": 3,
        "ALL:amount": 1350,
    }
    counting.take(record(104, None, key="d-1"), record(105, None, key="d-2"))
    assert not [field for field in counting.totals() if field.startswith(f"{platform}:")]


def test_an_item_of_400_kb_is_counted_and_not_kept(counting: Counting) -> None:
    image = donation("d-1", amount=10) | {"essay": {"S": "x" * 400_000}}
    assert counting.take(record(101, image)) == DONE
    assert counting.totals()["ALL:amount"] == 1000
    sizes = [counting.redis.memory_usage(key) or 0 for key in counting.keys]
    assert sum(sizes) < 20_000


@pytest.mark.parametrize("name", ["INSERT", "MODIFY"])
def test_a_record_without_an_image_is_rejected_not_removed(counting: Counting, name: str) -> None:
    bare = record(101, donation("d-1"), name=name)
    del bare["dynamodb"]["NewImage"]
    assert counting.take(bare) == DONE
    assert counting.reasons() == {"d-1": "the stream record has no new image"}


def test_an_amount_as_large_as_can_be_counted_is_counted_exactly(counting: Counting) -> None:
    largest = Decimal("4503599627.37")
    counting.take(*(record(i, donation(f"d-{i}", amount=largest)) for i in range(1000)))
    assert counting.totals()["ALL:amount"] == 1000 * 450_359_962_737


# Events


def test_a_new_image_stream_is_counted_without_old_images(counting: Counting) -> None:
    counting.take(record(101, donation("d-1", amount=10), view="NEW_IMAGE"))
    counting.take(record(102, donation("d-1", amount=3), view="NEW_IMAGE"))
    assert counting.totals()["ALL:amount"] == 300
    counting.take(record(103, None, key="d-1", view="NEW_IMAGE"))
    assert counting.totals() == {"ALL:count": 0, "ALL:amount": 0}


@pytest.mark.parametrize("view", ["KEYS_ONLY", "OLD_IMAGE"])
def test_a_stream_without_new_images_changes_nothing(counting: Counting, view: str) -> None:
    with pytest.raises(EventError, match=f"view type is {view}: .* enable the stream with NEW_"):
        counting.take(record(101, donation("d-1"), view=view))
    assert counting.redis.exists(*counting.keys) == 0


def test_an_unknown_table_is_refused_with_the_tables_there_are(redis: Redis, board: Board) -> None:
    gifts = replace(board, name="gifts", table="gifts")
    consumer = Consumer(count_on([board, gifts], lambda: redis))
    other = STREAM_ARN.replace("table/donations", "table/other")
    with pytest.raises(EventError) as raised:
        consumer.consume(event(record(101, donation("d-1"), arn=other)))
    assert str(raised.value) == (
        "no board counts the table 'other'; the boards count: donations, gifts"
    )
    assert redis.exists(*board_keys(board.name)) == 0


@pytest.mark.parametrize(
    "given",
    [
        {"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": "{}"}]},
        {},
        None,
        [],
        {"source": "aws.events", "detail": {}},
        {"Records": [{"eventSource": "aws:dynamodb"}]},
    ],
    ids=str,
)
def test_an_event_that_is_no_stream_event_is_refused(counting: Counting, given: object) -> None:
    with pytest.raises(EventError):
        counting.consumer.consume(given)
    assert counting.redis.exists(*counting.keys) == 0


def test_an_event_of_records_that_name_nothing_blocks_nothing(counting: Counting) -> None:
    nothing = {"Records": [{"eventSource": "aws:dynamodb", "eventSourceARN": STREAM_ARN}]}
    assert counting.consumer.consume(nothing) == DONE
    assert counting.redis.exists(*counting.keys) == 0


def test_an_empty_batch_succeeds_without_redis(board: Board) -> None:
    with connect(f"redis://127.0.0.1:{free_port()}") as nowhere:
        assert Consumer(count_on([board], lambda: nowhere)).consume(event()) == DONE


def test_a_boards_key_that_is_not_the_tables_is_refused(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    counting = Counting(redis, make_board(key=("id",)))
    with pytest.raises(KeyMismatch, match="the board's key is id, but an item has donationId"):
        counting.take(record(101, donation("d-1")))
    assert redis.exists(*counting.keys) == 0


def test_a_composite_key_tells_items_of_one_partition_apart(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    counting = Counting(redis, make_board(key=("donor", "donationId")))

    def of(sequence: int, sort: str, *, removed: bool = False) -> dict[str, Any]:
        made = record(sequence, None if removed else donation(sort), key=sort)
        made["dynamodb"]["Keys"]["donor"] = {"N": "7"}
        return made

    counting.take(of(101, "a"), of(102, "b"), of(103, "a"))
    assert counting.totals()["ALL:count"] == 2
    for key in ('["7", "a"]', '["7", "b"]'):
        assert redis.hexists(counting.keys.ledger, key)
    counting.take(of(104, "a", removed=True))
    assert counting.totals()["ALL:count"] == 1


def test_a_ttl_delete_counts_like_a_removal(counting: Counting) -> None:
    counting.take(record(101, donation("d-1")), record(102, donation("d-2", amount=5)))
    expired = record(103, None, key="d-1")
    expired["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    expired["dynamodb"]["OldImage"] = donation("d-1")
    assert counting.take(expired) == DONE
    assert counting.totals()["ALL:amount"] == 500
    assert counting.totals()["ALL:count"] == 1


def test_every_board_of_a_table_counts_its_records(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    boards = [make_board(), make_board(group_by="amount")]
    Consumer(count_on(boards, lambda: redis)).consume(
        event(record(101, donation("d-1", amount=10)))
    )
    groups = [redis.hget(board_keys(board.name).totals, "ALL:amount") for board in boards]
    assert groups == [b"1000", b"1000"]
    assert redis.hget(board_keys(boards[1].name).totals, "10:count") == b"1"


# Redis


def test_redis_being_down_fails_the_batch_from_its_first_record(
    board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(f"redis://127.0.0.1:{free_port()}") as nowhere:
        response = Consumer(count_on([board], lambda: nowhere)).consume(
            event(record("000111", donation("d-1")), record("000112", donation("d-2")))
        )
    assert response == {"batchItemFailures": [{"itemIdentifier": "000111"}]}
    assert "2 records from 000111 on will be delivered again: ConnectionError" in caplog.text


def test_a_batch_that_redis_could_not_take_is_counted_when_it_comes_again(
    redis_server: RedisServer, make_board: Callable[..., Board]
) -> None:
    board = make_board()
    with connect(redis_server.url) as client:
        counting = Counting(client, board)
        counting.take(record(101, donation("d-1", amount=1)))
        redis_server.kill()
        failed = counting.take(record(102, donation("d-2", amount=2)))
        assert failed == {"batchItemFailures": [{"itemIdentifier": "102"}]}
        redis_server.start()
        assert counting.take(record(102, donation("d-2", amount=2))) == DONE
        assert counting.totals()["ALL:amount"] == 200


def test_a_key_of_another_type_is_a_lost_one_and_nothing_is_written(
    counting: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    counting.redis.set(counting.keys.rejected, "in the way")
    assert counting.take(record(101, donation("d-1"))) == DONE
    assert "not counted until the board is reconciled" in caplog.text
    assert counting.redis.exists(*counting.keys) == 1
