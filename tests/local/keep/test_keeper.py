"""Every write into the local DynamoDB is kept, and a new DynamoDB is filled from the file."""

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aggregates.board import Board
from donations.image_json import encode_image
from local.dynamodb import connect_streams, create_table
from local.keep.fill import fill_table, open_stream
from local.keep.keeper import Hole, Keeper
from local.keep.store import Kept, Store, StoreError, open_store
from reconcile.stream import IteratorExpired, RecordsTrimmed, StreamPage, TableStream
from tests.local.keep.memory_stream import Stream
from tests.stream_events import donation


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "event.sqlite", create=True)
    yield store
    store.close()


def make_keeper(store: Store, dynamodb: Any, table: str, arn: str) -> Keeper:
    stream = TableStream(connect_streams(dynamodb.meta.endpoint_url), arn)
    return Keeper(store, {table: stream}, {table: ("donationId",)})


def in_order(items: Iterable[Any]) -> list[str]:
    return sorted(map(encode_image, items))


def test_what_anybody_writes_is_kept_and_fills_a_new_table(
    dynamodb: Any, make_board: Callable[..., Board], store: Store
) -> None:
    name = make_board().name
    board = make_board(table=name)
    keeper = make_keeper(store, dynamodb, name, create_table(dynamodb, board))
    for number in range(60):
        dynamodb.put_item(TableName=name, Item=donation(f"d-{number}", amount="5"))
    dynamodb.put_item(TableName=name, Item=donation("d-0", amount="7"))
    dynamodb.delete_item(TableName=name, Key={"donationId": {"S": "d-1"}})
    while keeper.step():
        pass
    found = dynamodb.scan(TableName=name)["Items"]
    assert in_order(store.read_items(name)) == in_order(found)

    again = make_board(table=make_board().name)
    create_table(dynamodb, again, with_stream=False)
    for item in found:
        store.keep([Kept(again.table, item["donationId"]["S"], item)])
    assert fill_table(dynamodb, store, again.table, threading.Event()) == 59
    assert in_order(dynamodb.scan(TableName=again.table)["Items"]) == in_order(found)
    # The stream has only changes after the filling.
    keeper = make_keeper(store, dynamodb, again.table, open_stream(dynamodb, again.table))
    assert keeper.step() == 0
    dynamodb.delete_item(TableName=again.table, Key={"donationId": {"S": "d-2"}})
    assert keeper.step() == 1
    assert store.count_items(again.table) == 58


@pytest.fixture
def stream() -> Stream:
    return Stream()


@pytest.fixture
def keeper(store: Store, stream: Stream) -> Keeper:
    return Keeper(store, {"gifts": stream}, {"gifts": ("id",)})


def read_amounts(store: Store) -> dict[str, str]:
    return {item["id"]["S"]: item["amount"]["N"] for item in store.read_items("gifts")}


def test_what_could_not_be_kept_is_read_again(
    store: Store, stream: Stream, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.put("d-1", "5")

    def refuse(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "keep", refuse)
        with pytest.raises(StoreError):
            keeper.step()
    stream.put("d-2", "6")
    keeper.step()
    assert read_amounts(store) == {"d-1": "5", "d-2": "6"}


def test_an_iterator_that_expired_is_asked_for_again(
    store: Store, stream: Stream, keeper: Keeper
) -> None:
    stream.put("d-1", "5")
    keeper.step()
    stream.put("d-2", "6")
    stream.failures = [IteratorExpired()]
    assert keeper.step() == 0
    assert keeper.step() == 1
    assert read_amounts(store) == {"d-1": "5", "d-2": "6"}


def test_a_shards_children_come_after_it(store: Store, stream: Stream, keeper: Keeper) -> None:
    stream.put("d-1", "5")
    keeper.step()
    stream.put("d-1", "6")
    stream.shards["two"] = []
    stream.parents["two"] = "one"
    stream.put("d-1", "7", shard="two")
    stream.closed.add("one")
    for _ in range(3):
        keeper.step()
    assert read_amounts(store) == {"d-1": "7"}


def test_records_that_the_stream_forgot_do_not_cause_a_silent_loss(
    stream: Stream, keeper: Keeper
) -> None:
    stream.failures = [RecordsTrimmed()]
    with pytest.raises(Hole, match="dropped records"):
        keeper.step()


def test_a_read_that_began_before_a_write_does_not_settle_it(
    store: Store, stream: Stream, keeper: Keeper
) -> None:
    stream.put("d-1", "5")
    keeper.step()
    read = stream.read

    def write_meanwhile(iterator: str) -> StreamPage:
        page = read(iterator)
        store.keep_now([Kept("gifts", "d-1", {"id": {"S": "d-1"}, "amount": {"N": "6"}})])
        stream.put("d-1", "6")
        stream.read = read  # type: ignore[method-assign]
        return page

    stream.read = write_meanwhile  # type: ignore[method-assign]
    keeper.step()
    assert store.has_pending()
    keeper.step()
    keeper.step()
    assert not store.has_pending()
    assert read_amounts(store) == {"d-1": "6"}


def test_trouble_is_told_while_it_lasts(store: Store, stream: Stream, keeper: Keeper) -> None:
    error = ClientError({"Error": {"Code": "InternalServerError"}}, "GetRecords")
    stop, troubles = threading.Event(), []

    def wait(_: float) -> bool:
        troubles.append(keeper.trouble)
        if len(troubles) == 2:
            stop.set()
        return stop.is_set()

    stream.failures = [error]
    stream.put("d-1", "5")
    stopping = threading.Event()
    stopping.wait = wait  # type: ignore[method-assign,assignment]
    stopping.is_set = stop.is_set  # type: ignore[method-assign]
    keeper.run(stopping)
    assert "InternalServerError" in troubles[0]
    assert keeper.trouble == ""
    assert read_amounts(store) == {"d-1": "5"}
