"""Counting in the local system: the function fed from the streams, the watch and the chains."""

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from redis import Redis

from aggregates.board import Board
from aggregates.connection import connect
from aggregates.keys import board_keys
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from local.delivery import DEPLOYED, GivenUp
from local.dynamodb import connect_streams
from local.event_source import EventSource
from local.invocation import Outcome
from local.on_failure import Discarded, write_discarded
from local.running import DrainedMark, Running
from operate.terminal import Terminal, TerminalLog
from reconcile.chain_watch import CHECK_SECONDS, ChainWatch
from reconcile.proof_watch import ProofWatch
from reconcile.reading import Reading
from reconcile.reconcile import reconcile_board
from reconcile.stream import TableStream
from reconcile.tip import Tip

# The local DynamoDB sorts the whole table for each page, so read few large pages (up to 1 MB).
_READING = Reading(segments=1, read_items=20_000)
# Runs a function in a thread until the system stops.
StartWorker = Callable[[str, Callable[[threading.Event], None]], None]


class Counting:
    """Counts the boards' tables. `change_boards` may be called meanwhile, from any thread."""

    def __init__(
        self,
        running: Running,
        boards: Mapping[str, Board],
        dynamodb: Any,
        redis: Redis,
        terminal: Terminal,
    ) -> None:
        self._running, self._terminal = running, terminal
        self._dynamodb, self._redis = dynamodb, redis
        self._streams = connect_streams(running.dynamodb)
        self._outcome = Outcome()
        # One call of the function, one check and one look at the chains at a time, each with the
        # current boards.
        self._calling, self._checking, self._following = (threading.Lock() for _ in range(3))
        log = logging.getLogger("tallyboard")
        log.addHandler(TerminalLog(terminal))
        log.propagate = False
        self._boards = dict(boards)
        self._count_by(boards)
        # The streams begin before the tables are proven, so the chains start at their beginning.
        self._chains = self._follow_chains(boards, from_start=True)

    def start(
        self, arns: list[str], mark: DrainedMark, cache: Path, start_worker: StartWorker
    ) -> None:
        """Prove the boards, then count; `mark` holds the time up to which everything is counted."""
        invoke = self._outcome.observe(self._invoke)
        marks = dict.fromkeys(arns, 0)
        for arn in arns:

            def mark_drained(time_ns: int, arn: str = arn) -> None:
                marks[arn] = time_ns
                mark.set_ns(min(marks.values()))

            def give_up(shard_id: str, given_up: GivenUp, arn: str = arn) -> None:
                self._give_up(cache / "on-failure", shard_id, arn, given_up)

            source = EventSource(
                TableStream(self._streams, arn),
                arn,
                invoke,
                mapping=DEPLOYED,
                give_up=give_up,
                notify=lambda text: self._terminal.say(f"! {text}"),
                mark_drained=mark_drained,
                on_trimmed=lambda: self._watch.doubt_all(),
            )
            start_worker("the event source", source.run)
        self._check()
        start_worker("the watch", self._run_watch)
        start_worker("the chains", self._run_chains)

    def change_boards(self, boards: Mapping[str, Board]) -> None:
        """Replace the boards with changed ones of the same names and tables, and count by them.

        Their tables are read again, so that earlier donations count by the new rules, and so that
        the reached steps of a changed goal are known.
        """
        before, self._boards = self._boards, dict(boards)
        counts_otherwise = any(
            board.definition != before[name].definition for name, board in boards.items()
        )
        with self._checking, self._calling:
            self._count_by(boards)
        self._check()
        if counts_otherwise:
            # The function counted earlier records by the old rules and does not get them again.
            # Only another read of the tables gives the chains their new start.
            with self._following:
                for name in boards:
                    self._redis.unlink(board_keys(name).chain)
                self._chains = self._follow_chains(boards, from_start=False)

    def _count_by(self, boards: Mapping[str, Board]) -> None:
        self._consumer = Consumer(
            count_on(boards.values(), lambda: connect(self._running.redis_url))
        )
        self._watch = ProofWatch(
            boards.values(),
            self._redis,
            lambda board: reconcile_board(board, self._dynamodb, self._redis, _READING),
            self._terminal.say,
            at_start=True,
        )

    def _follow_chains(self, boards: Mapping[str, Board], *, from_start: bool) -> ChainWatch:
        return ChainWatch(
            boards.values(),
            self._redis,
            lambda table, cursors: Tip(
                table, self._dynamodb, self._streams, cursors, from_start=from_start
            ),
            lambda board: self._watch.doubt(board),
            explain=lambda _: self._outcome.describe(),
            from_start=from_start,
        )

    def _invoke(self, event: dict[str, Any]) -> object:
        with self._calling:
            return self._consumer.consume(event)

    def _check(self) -> float:
        with self._checking:
            return self._watch.check()

    def _run_watch(self, stop: threading.Event) -> None:
        delay = 0.0
        while not stop.wait(delay):
            delay = self._check()

    def _run_chains(self, stop: threading.Event) -> None:
        while not stop.is_set():
            with self._following:
                self._chains.step()
            stop.wait(CHECK_SECONDS)

    def _give_up(self, folder: Path, shard_id: str, arn: str, given_up: GivenUp) -> None:
        discarded = Discarded(shard_id, arn, given_up.records, given_up.attempts, given_up.raised)
        path = write_discarded(folder, discarded)
        count = len(given_up.records)
        self._terminal.say(
            f"! {count} records were given up and are not counted: {given_up.reason};"
            f" they are in {path}"
        )
