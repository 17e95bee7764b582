"""Starts the whole system in order, watches it, and stops it whatever happens."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from redis import Redis

from aggregates.board import Board
from aggregates.board_file import BoardError, load_boards
from aggregates.connection import connect
from local.child import Child, stop_children
from local.counting import Counting
from local.dynamodb import connect_dynamodb
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from local.errors import LocalError, Stopped
from local.explore import Explore
from local.ports import HOST, reach, require_free_port
from local.process_start import read_start
from local.redis_server import (
    choose_redis,
    require_redis,
    require_unused,
    start_redis,
    wait_for_redis,
)
from local.restarted import Restarted
from local.running import DrainedMark, Running, claim, drained_file, tell_running
from local.settings import Settings
from local.total_sinks import start_total_sinks
from local.web_server import WebApp
from local.worker import Worker, stop_workers
from operate.signals import Stop
from operate.terminal import Terminal

_WORKER_STOP_SECONDS = 1.0


@dataclass(frozen=True)
class System:
    """The running system. `board` is the first of the boards: donations go to its table.

    `children` are the processes that hold the donations and totals. `watched` is a client of the
    same Redis with a short timeout.
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
    sinks: Restarted
    explore: Explore
    workers: list[Worker]
    counting: Counting
    lost: str

    @property
    def board(self) -> Board:
        return next(iter(self.boards.values()))

    def start_worker(
        self,
        name: str,
        target: Callable[[threading.Event], None],
        patience_seconds: float = _WORKER_STOP_SECONDS,
    ) -> None:
        """Run `target` in a thread until the system stops and waits `patience_seconds` for it."""
        self.workers.append(Worker(name, target, patience_seconds))

    def look_after(self) -> None:
        """Restart the web app, sinks and SQL if they ended; raise `LocalError` for another part.

        Call it regularly, from the main thread.
        """
        self.web.keep()
        self.sinks.keep()
        self.explore.process.keep()
        failure = self.describe_failure()
        if failure is not None:
            raise LocalError(f"{failure}\n{self.lost}")

    def describe_failure(self) -> str | None:
        """Return a text about the part that failed; None while everything runs."""
        for child in self.children:
            if child.ended:
                return child.describe_end()
        for worker in self.workers:
            if worker.error is not None:
                return f"{worker.name} failed: {worker.error!r}"
        return None


class Tables(Protocol):
    """The source of the boards' tables, and what depends on it."""

    @property
    def may_clear_redis(self) -> bool:
        """Whether the boards' keys in the Redis of `REDIS_URL` may be deleted."""
        ...

    @property
    def web_module(self) -> str:
        """The module that Python runs as the web app."""
        ...

    @property
    def web_environment(self) -> Mapping[str, str]:
        """Additional environment variables for the web app."""
        ...

    @property
    def lost(self) -> str:
        """The text for a person when a part of the system has failed."""
        ...

    def opened(self) -> AbstractContextManager[object]:
        """Open the source; nobody else uses its folder in the meantime."""
        ...

    def prepare(self, cache: Path, boards: Mapping[str, Board]) -> None:
        """Make what the web app needs to start with."""
        ...

    def make(self, system: System, stop: threading.Event) -> list[str]:
        """Create the boards' tables; return the ARNs of their streams. Raises `LocalError`."""
        ...


def read_boards(settings: Settings) -> dict[str, Board]:
    """Return the boards of the settings; raise `LocalError`."""
    try:
        return load_boards(settings.boards)
    except BoardError as error:
        raise LocalError(str(error)) from error


@contextmanager
def run_system(
    settings: Settings, terminal: Terminal, stop: Stop, tables: Tables
) -> Iterator[System]:
    """Start everything, and stop it at the end of the `with` block, in the main thread.

    Raises `LocalError` for what a person has to fix, and `Stopped` when `stop` is set during the
    start. In the block, call `look_after()` regularly.
    """
    with ExitStack() as stack:
        stack.enter_context(claim(settings.cache))
        with stop.interrupting():
            stack.enter_context(tables.opened())
            boards = read_boards(settings)
            tables.prepare(settings.cache, boards)
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
                fresh = settings.fresh or tables.may_clear_redis
                require_unused(redis_url, boards.values(), fresh=fresh)
        web = WebApp(
            settings.host,
            settings.port,
            redis_url=redis_url,
            boards=settings.boards,
            cache=settings.cache,
            say=terminal.say,
            module=tables.web_module,
            environment={"CACHE": str(settings.cache)} | dict(tables.web_environment),
        )
        sinks = start_total_sinks(redis_url, settings, endpoint, terminal.say)
        explore = Explore(settings, endpoint, redis_url, terminal.say)
        stack.callback(explore.remove)
        # All together, the web app first, so that it can tell the screens.
        stack.callback(
            lambda: stop_children(
                [web.child, *sinks.children, *explore.process.children, *children]
            )
        )
        wait_for_dynamodb(server, endpoint, stop)
        web.wait_until_ready(stop)

        dynamodb = connect_dynamodb(endpoint)
        redis = stack.enter_context(closing(connect(redis_url)))
        watched = stack.enter_context(closing(connect(redis_url, patience_seconds=1.0)))
        mark = DrainedMark(drained_file(settings.cache))
        mark.reset()
        workers: list[Worker] = []
        stack.callback(stop_workers, workers)
        running = Running(
            pid=os.getpid(),
            address=f"http://{'localhost' if reach(settings.host) == HOST else settings.host}"
            f":{settings.port}",
            dynamodb=endpoint,
            redis_url=redis_url,
            boards=settings.boards,
            drained=str(mark.path.absolute()),
            started=read_start(os.getpid()),
            sinks=settings.sinks,
            explore_feed=explore.feed,
            explore=explore.address,
        )
        system = System(
            host=settings.host,
            running=running,
            boards=boards,
            dynamodb=dynamodb,
            redis=redis,
            watched=watched,
            redis_name=choice.name,
            children=children,
            web=web,
            sinks=sinks,
            explore=explore,
            workers=workers,
            counting=Counting(running, boards, dynamodb, redis, terminal),
            lost=tables.lost,
        )
        system.start_worker("the web app's probe", web.probe)
        arns = tables.make(system, stop)
        system.counting.start(arns, mark, settings.cache, system.start_worker)
        tell_running(settings.cache, system.running)
        if stop.is_set():
            raise Stopped
        yield system
