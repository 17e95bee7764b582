"""The same code works on a Redis Cluster, also after a master dies."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from redis import Redis

from aggregates.board import Board
from aggregates.connection import REDIS_ERRORS, connect, connect_async
from aggregates.keys import board_keys
from aggregates.scripts import read_snapshot, read_standing
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from local.totals import read_totals
from reconcile.proof_watch import is_proven
from reconcile.reconcile import reconcile_board
from tests.cluster.conftest import Cluster, find_rights, wait_for_redis
from tests.faults.table import Table
from tests.stream_events import event
from tests.webapp.states import note_chain
from webapp.feed import Feed
from webapp.listener import Listener

_DELIVERIES_SECONDS = 30.0

_Answer = TypeVar("_Answer")


class _Screens:
    """Runs the web app's listener in a thread, and a watch that finds every chain whole."""

    def __init__(self, url: str, board: Board) -> None:
        self.feed = Feed(board, "page")
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._note_chain, daemon=True)
        self._watch.start()

    def totals(self) -> Any:
        state = self.feed.state
        return None if state is None else dict(state.snapshot_json(0)["totals"])

    @property
    def is_listening(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        assert self._task is not None
        self._ended.set()
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(5)
        self._watch.join(5)

    def _note_chain(self) -> None:
        while not self._ended.wait(0.5):
            # A master may be down at that moment.
            with suppress(*REDIS_ERRORS), closing(connect(self._url)) as redis:
                if redis.exists(board_keys(self.feed.board.name).meta):
                    note_chain(redis, self.feed.board)

    def _run(self) -> None:
        async def listen() -> None:
            listener = Listener(self._url, {self.feed.board.name: self.feed})
            self._task = asyncio.current_task()
            try:
                await listener.run()
            finally:
                await listener.close()

        try:
            self._loop.run_until_complete(listen())
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()


def deliver(consumer: Consumer, table: Table, positions: list[int]) -> int:
    """Deliver a batch of each shard; return how many must be delivered again."""
    again = 0
    for shard, records in enumerate(table.shards):
        batch = records[positions[shard] : positions[shard] + 20]
        if batch:
            failed = consumer.consume(event(*batch))["batchItemFailures"]
            again += len(failed)
            positions[shard] += 0 if failed else len(batch)
    return again


def ask(call: Callable[[], _Answer]) -> _Answer:
    """Retry a call until the cluster answers; for a while, nodes still redirect to the dead one."""
    answers: list[_Answer] = []

    def has_answered() -> bool:
        answers.append(call())
        return True

    wait_for_redis(has_answered)
    return answers[0]


@pytest.mark.timeout(120)
def test_a_master_killed_under_load_costs_nothing(
    cluster: Cluster, make_table: Callable[[], tuple[Board, Table]]
) -> None:
    board, table = make_table()
    keys = board_keys(board.name)
    url = cluster.url_beside(keys.meta)
    table.fill(50)
    redis = connect(url)
    screens = _Screens(url, board)
    try:
        reconcile_board(board, table, redis)
        wait_for_redis(lambda: screens.feed.live)
        consumer = Consumer(count_on([board], lambda: connect(url)))
        positions, again, killed_at = [0, 0], 0, 0.0
        began = time.monotonic()
        # Until 100 rounds have succeeded after the kill.
        rounds = 0
        while rounds < 100:
            assert time.monotonic() - began < _DELIVERIES_SECONDS
            table.change()
            failed = deliver(consumer, table, positions)
            again += failed
            rounds += not failed and bool(killed_at)
            if not killed_at and time.monotonic() - began > 1:
                cluster.kill_master_of(keys.meta)
                killed_at = time.monotonic()
        assert again, "a batch that found no master has to come again"
        wait_for_redis(lambda: screens.feed.status.state == "checking")
        assert not ask(lambda: is_proven(redis, board))
        ask(lambda: reconcile_board(board, table, redis))
        while positions != [len(shard) for shard in table.shards]:
            deliver(consumer, table, positions)
        totals, _, _ = table.count()
        assert ask(lambda: read_totals(redis, board)) == totals
        wait_for_redis(lambda: screens.feed.live and screens.totals() == totals)
    finally:
        screens.close()
        redis.close()


def test_a_read_asks_the_node_of_its_keys_and_no_other(
    cluster: Cluster, make_table: Callable[[], tuple[Board, Table]]
) -> None:
    board, table = make_table()
    redis = connect(cluster.url)
    keys = board_keys(board.name)
    reconcile_board(board, table, redis)
    before = count_get_keys(cluster)
    for _ in range(10):
        read_standing(redis, keys)
    asyncio.run(read_often(cluster.url, board))
    assert count_get_keys(cluster) == before
    redis.close()


async def read_often(url: str, board: Board) -> None:
    client = connect_async(url, 2.0)
    for _ in range(10):
        assert await read_snapshot(client, board) is not None
    await client.aclose()


def count_get_keys(cluster: Cluster) -> int:
    """Return how often the running nodes were asked for the keys of a command."""
    count = 0
    for port in cluster.living:
        with Redis(port=port) as node:
            stats: Any = node.info("commandstats")
            count += stats.get("cmdstat_command|getkeys", {"calls": 0})["calls"]
    return count


def test_boards_live_on_different_masters(
    cluster: Cluster, make_table: Callable[[], tuple[Board, Table]]
) -> None:
    boards = [make_table() for _ in range(6)]
    redis = connect(cluster.url)
    for board, table in boards:
        table.fill(5)
        reconcile_board(board, table, redis)
    for board, table in boards:
        assert read_totals(redis, board) == table.count()[0]
        assert is_proven(redis, board)
    redis.close()


def test_the_deployed_user_may_do_all_that_is_done_in_a_cluster(
    cluster: Cluster, make_table: Callable[[], tuple[Board, Table]]
) -> None:
    board, table = make_table()
    table.fill(10)
    url = cluster.add_user(find_rights())
    redis = connect(url)
    screens = _Screens(url, board)
    try:
        reconcile_board(board, table, redis)
        wait_for_redis(lambda: screens.feed.live and screens.totals() == table.count()[0])
        table.change()
        deliver(Consumer(count_on([board], lambda: connect(url))), table, [0, 0])
        wait_for_redis(lambda: screens.totals() == table.count()[0])
    finally:
        screens.close()
        redis.close()


def test_a_cluster_that_is_not_there_is_waited_for(
    make_table: Callable[[], tuple[Board, Table]],
) -> None:
    board, table = make_table()
    table.change()
    url = "redis://127.0.0.1:1?cluster=true"
    again = deliver(Consumer(count_on([board], lambda: connect(url))), table, [0, 0])
    assert again > 0
    screens = _Screens(url, board)
    try:
        wait_for_redis(lambda: "Cluster" in screens.feed.status.reason)
        assert screens.is_listening
    finally:
        screens.close()


def test_tls_and_a_user_with_a_password(
    tls_url: str, make_table: Callable[[], tuple[Board, Table]], tmp_path: Path
) -> None:
    board, table = make_table()
    table.fill(10)
    redis = connect(tls_url)
    screens = _Screens(tls_url, board)
    try:
        reconcile_board(board, table, redis)
        wait_for_redis(lambda: screens.feed.live and screens.totals() == table.count()[0])
        table.change()
        deliver(Consumer(count_on([board], lambda: redis)), table, [0, 0])
        wait_for_redis(lambda: screens.totals() == table.count()[0])
    finally:
        screens.close()
        redis.close()
