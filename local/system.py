"""The whole system: started in order, watched, and stopped whatever happens."""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from aggregates.board import Board
from aggregates.board_file import BoardError, load_boards
from aggregates.connection import connect
from lambda_handler.consume import Consumer
from local.child import Child, stop_children
from local.delivery import DEPLOYED, GivenUp, Invoke
from local.dynamodb import connect_dynamodb, connect_streams, create_table
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from local.errors import LocalError, Stopped
from local.event_source import EventSource
from local.invocation import Outcome
from local.on_failure import Discarded, write_discarded
from local.ports import HOST, reach, require_free_port
from local.process_start import read_start
from local.redis_server import (
    choose_redis,
    require_redis,
    require_unused,
    start_redis,
    wait_for_redis,
)
from local.running import DrainedMark, Running, claim, drained_file, tell_running
from local.settings import Settings
from local.web_server import WebApp
from local.worker import Worker
from operate.signals import Stop
from operate.terminal import Terminal, TerminalLog
from reconcile.chain_watch import ChainWatch
from reconcile.reconcile import reconcile_board
from reconcile.stream import TableStream
from reconcile.tip import Tip
from reconcile.watch import Watch

_WORKER_STOP_SECONDS = 1.0
_LOST = (
    "What was given and counted was in memory and is gone; `make run` starts over, with nothing."
)


@dataclass(frozen=True)
class System:
    """The running system. `board` is the first of the boards: donations go to its table.

    `children` hold what was given and counted. `watched` is a client of the same Redis that gives
    up soon.
    """

    host: str
    running: Running
    boards: dict[str, Board]
    dynamodb: Any
    redis: Redis
    watched: Redis
    redis_name: str
    children: list[Child]
    web: WebApp
    workers: list[Worker]

    @property
    def board(self) -> Board:
        return next(iter(self.boards.values()))

    def start_worker(self, name: str, target: Callable[[threading.Event], None]) -> None:
        """Run `target` in a thread until the system stops."""
        self.workers.append(Worker(name, target))

    def look_after(self) -> None:
        """Start the web app again where it ended; raise `LocalError` when another part ended.

        Call it now and then, from the main thread.
        """
        self.web.keep()
        failure = self.describe_failure()
        if failure is not None:
            raise LocalError(f"{failure}\n{_LOST}")

    def describe_failure(self) -> str | None:
        """Return what ended for good; None while all is well."""
        for child in self.children:
            if child.ended:
                return child.describe_end()
        for worker in self.workers:
            if worker.error is not None:
                return f"{worker.name} failed: {worker.error!r}"
        return None


def read_boards(settings: Settings) -> dict[str, Board]:
    """Return the boards of the settings; raise `LocalError`."""
    try:
        return load_boards(settings.boards)
    except BoardError as error:
        raise LocalError(str(error)) from error


@contextmanager
def run_system(settings: Settings, terminal: Terminal, stop: Stop) -> Iterator[System]:
    """Start everything and stop it at the end. Call it from the main thread.

    Raises `LocalError` for what a person has to fix, and `Stopped` when `stop` is set before all
    runs. Within it, call `look_after()` now and then.
    """
    with stop.interrupting():
        boards = read_boards(settings)
    with ExitStack() as stack:
        stack.enter_context(claim(settings.cache))
        require_free_port(settings.host, settings.port)
        children: list[Child] = []
        stack.callback(stop_children, children)
        choice = choose_redis(settings.redis_url)

        server, endpoint = start_dynamodb(settings.aws_python, settings.cache)
        children.append(server)
        if choice.program is not None:
            redis_child, redis_url = start_redis(choice.program, settings.cache)
            children.append(redis_child)
            wait_for_redis(redis_child, redis_url, stop)
        else:
            assert choice.url is not None
            redis_url = choice.url
            with stop.interrupting():
                require_redis(redis_url)
                require_unused(redis_url, boards.values(), fresh=settings.fresh)
        web = WebApp(
            settings.host,
            settings.port,
            redis_url=redis_url,
            boards=settings.boards,
            cache=settings.cache,
            say=terminal.say,
        )
        # All of them together, the web app first: a screen is told that it ends.
        stack.callback(lambda: stop_children([web.child, *children]))
        wait_for_dynamodb(server, endpoint, stop)
        web.wait_until_ready(stop)

        dynamodb = connect_dynamodb(endpoint)
        redis = stack.enter_context(closing(connect(redis_url)))
        watched = stack.enter_context(closing(connect(redis_url, patience_seconds=1.0)))
        mark = DrainedMark(drained_file(settings.cache))
        mark.reset()
        tables = {board.table: board for board in boards.values()}
        arns = [create_table(dynamodb, board) for board in tables.values()]
        workers: list[Worker] = []
        stack.callback(_stop_workers, workers)
        system = System(
            host=settings.host,
            running=Running(
                pid=os.getpid(),
                address=f"http://{'localhost' if reach(settings.host) == HOST else settings.host}"
                f":{settings.port}",
                dynamodb=endpoint,
                redis_url=redis_url,
                boards=settings.boards,
                drained=str(mark.path.absolute()),
                started=read_start(os.getpid()),
            ),
            boards=boards,
            dynamodb=dynamodb,
            redis=redis,
            watched=watched,
            redis_name=choice.name,
            children=children,
            web=web,
            workers=workers,
        )
        system.start_worker("the web app's probe", web.probe)
        _start_counting(system, arns, mark, settings.cache, terminal)
        tell_running(settings.cache, system.running)
        if stop.is_set():
            raise Stopped
        yield system


def _start_counting(
    system: System, arns: list[str], mark: DrainedMark, cache: Path, terminal: Terminal
) -> None:
    # The tables are empty: what is proven now is that so are the boards.
    watch = Watch(
        system.boards.values(),
        system.redis,
        lambda board: reconcile_board(board, system.dynamodb, system.redis),
        terminal.say,
        at_start=True,
    )
    outcome = Outcome()
    invoke = outcome.observe(_load_function(system.running, terminal))
    streams = connect_streams(system.running.dynamodb)
    chains = ChainWatch(
        system.boards.values(),
        system.redis,
        lambda table, cursors: Tip(table, system.dynamodb, streams, cursors, from_start=True),
        watch.doubt,
        explain=lambda _: outcome.describe(),
        # The tables are as old as their streams.
        from_start=True,
    )
    marks = dict.fromkeys(arns, 0)
    for arn in arns:

        def give_up(shard_id: str, given_up: GivenUp, arn: str = arn) -> None:
            discarded = Discarded(
                shard_id, arn, given_up.records, given_up.attempts, given_up.raised
            )
            path = write_discarded(cache / "on-failure", discarded)
            count = len(given_up.records)
            terminal.say(f"! {count} records were given up: {given_up.reason}; they are in {path}")

        def mark_drained(time_ns: int, arn: str = arn) -> None:
            marks[arn] = time_ns
            mark.set_ns(min(marks.values()))

        source = EventSource(
            TableStream(streams, arn),
            arn,
            invoke,
            mapping=DEPLOYED,
            give_up=give_up,
            notify=lambda text: terminal.say(f"! {text}"),
            mark_drained=mark_drained,
            on_trimmed=watch.doubt_all,
        )
        system.start_worker("the event source", source.run)
    watch.check()
    system.start_worker("the watch", watch.run)
    system.start_worker("the chains", chains.run)


def _load_function(running: Running, terminal: Terminal) -> Invoke:
    """Return what the Lambda function does with an event, one call at a time."""
    log = logging.getLogger("tallyboard")
    log.addHandler(TerminalLog(terminal))
    log.propagate = False
    consumer = Consumer(load_boards(running.boards), lambda: connect(running.redis_url))
    lock = threading.Lock()

    def invoke(event: dict[str, Any]) -> object:
        with lock:
            return consumer.consume(event)

    return invoke


def _stop_workers(workers: list[Worker]) -> None:
    for worker in workers:
        worker.stop.set()
    for worker in workers:
        worker.join(_WORKER_STOP_SECONDS)
