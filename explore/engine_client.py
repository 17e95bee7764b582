"""The engine as the service sees it: a child process that is restarted when it dies or hangs."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aggregates.board import Board
from explore.answers import Answer, Column, Schema, SchemaColumn, State
from explore.engine_keeping import EngineKeeper
from explore.engine_process import MODULE, EngineProcess
from explore.errors import (
    EngineBusy,
    EngineError,
    EngineRestarted,
    QueryRefused,
    QueryTimeout,
)
from explore.limits import Limits
from sinks.rows import RowMaker

logger = logging.getLogger("tallyboard")

# The writer answers within this, or the process is ended: a commit may wait for a checkpoint.
_WRITE_SECONDS = 60.0
Message = dict[str, Any]


class Engine:
    """Runs queries and writes in the child process. Use it as an asynchronous context manager.

    `folder` has a file for each board; `hidden` are attributes that are not stored, by board.
    """

    def __init__(
        self,
        boards: Mapping[str, Board],
        folder: Path,
        *,
        hidden: Mapping[str, Collection[str]] | None = None,
        limits: Limits | None = None,
        module: Sequence[str] = MODULE,
    ) -> None:
        self.limits = limits or Limits()
        self.makers = {
            name: RowMaker(board, (hidden or {}).get(name, ())) for name, board in boards.items()
        }
        described = {
            name: {
                "file": str(folder.absolute() / f"{name}.duckdb"),
                "own": maker.own,
                "definition": maker.definition,
            }
            for name, maker in self.makers.items()
        }
        self._slots = asyncio.Semaphore(self.limits.workers)
        self._queued = 0
        self._finishing: set[asyncio.Task[Message]] = set()
        # Called whenever a process has started: what it has must be confirmed.
        self.on_start: Callable[[], None] = lambda: None
        self._keeper = EngineKeeper(described, self.limits, module, lambda: self.on_start())

    async def __aenter__(self) -> Self:
        await self._keeper.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._keeper.close()
        await asyncio.gather(*self._finishing, return_exceptions=True)

    @property
    def pid(self) -> int | None:
        """The id of the process; None while there is none."""
        return self._keeper.pid

    async def query(
        self,
        board: str,
        sql: str,
        parameters: Mapping[str, object],
        *,
        limit: int,
        timeout_ms: int,
    ) -> Answer:
        """Return at most `limit` rows of one SELECT over the board's table.

        `parameters` are the values of `$name`: text, numbers, booleans, None. Raises `QueryRefused`
        (also for an unknown board), `QueryTimeout`, `EngineBusy` and `EngineRestarted`. If the
        awaiting task is cancelled, the query is interrupted.
        """
        self._require(board)
        timeout_ms = min(timeout_ms, self.limits.longest_ms)
        question = {
            "do": "query",
            "board": board,
            "sql": sql,
            "parameters": dict(parameters),
            "limit": limit,
            "timeout_ms": timeout_ms,
        }
        told = await self._ask_worker(question, timeout_ms)
        return Answer(
            columns=[Column(*column) for column in told["columns"]],
            rows=told["rows"],
            truncated=told["truncated"],
            warnings=told["warnings"],
            version=told["version"],
            state=_state(told),
            elapsed_ms=told["elapsed_ms"],
        )

    async def schema(self, board: str) -> Schema:
        """Return the table of a board. Raises as `query` does."""
        self._require(board)
        question = {"do": "query", "what": "schema", "board": board, "timeout_ms": 2_000}
        told = await self._ask_worker(question, 2_000)
        return Schema(
            table=told["table"],
            columns=[SchemaColumn(*column) for column in told["columns"]],
            rows=told["rows"],
            version=told["version"],
            state=_state(told),
        )

    async def write(self, board: str, do: str, **details: Any) -> Message:
        """Have the writer do an operation of `explore.engine.writing`; return what it tells.

        Raises `EngineError`; what was not told to be done may be done.
        """
        self._require(board)
        process, _, future = await self._keeper.send({"do": do, "board": board, **details})
        try:
            async with asyncio.timeout(_WRITE_SECONDS):
                return _read(await future)
        except TimeoutError as error:
            process.kill()
            raise EngineRestarted("the engine's writer did not answer; it is restarted") from error

    async def apply(self, board: str, changes: Sequence[Mapping[str, Any]]) -> Message:
        """Take changes of a board's table, and return once they are on the disk.

        A change has `keys`, `new` (an image, or None), `at` and `made`, as `sinks.change` has them.
        """
        maker = self.makers[board]

        def make() -> list[Message]:
            return [
                {
                    "key": maker.key_of(change["keys"]),
                    "at": change["at"],
                    "made": change["made"],
                    "row": None if change["new"] is None else maker.make(change["new"]),
                }
                for change in changes
            ]

        return await self.write(board, "apply", changes=await asyncio.to_thread(make))

    async def fill_page(
        self, board: str, fill: str, guard: int, images: Sequence[Mapping[str, Any]]
    ) -> Message:
        """Take items that a fill has read after the version `guard`."""
        rows = await asyncio.to_thread(lambda: [*map(self.makers[board].make, images)])
        return await self.write(board, "fill_page", fill=fill, guard=guard, rows=rows)

    async def compare(self, board: str, images: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return the keys of items that are stored differently, or not at all."""
        rows = await asyncio.to_thread(lambda: [*map(self.makers[board].make, images)])
        different: list[str] = (await self.write(board, "compare", rows=rows))["different"]
        return different

    def _require(self, board: str) -> None:
        if board not in self.makers:
            known = ", ".join(self.makers) or "none"
            raise QueryRefused(f"there is no SQL over a board {board!r}; there is over: {known}")

    async def _ask_worker(self, question: Message, timeout_ms: int) -> Message:
        """Have a worker answer, in turn. Raises as `query` does."""
        if self._queued >= self.limits.queue and self._slots.locked():
            raise EngineBusy(f"{self._queued} queries wait already; ask again in a moment")
        self._queued += 1
        try:
            await self._slots.acquire()
        finally:
            self._queued -= 1
        try:
            process, number, future = await self._keeper.send(question)
        except BaseException:
            self._slots.release()
            raise
        finishing = asyncio.create_task(self._finish(process, future, timeout_ms))
        self._finishing.add(finishing)
        finishing.add_done_callback(self._end)
        try:
            return _read(await asyncio.shield(finishing))
        except asyncio.CancelledError:
            with suppress(EngineRestarted):
                await process.interrupt(number)
            raise

    async def _finish(
        self, process: EngineProcess, future: "asyncio.Future[Message]", timeout_ms: int
    ) -> Message:
        """Wait for a worker's answer; end the process if it does not come."""
        try:
            async with asyncio.timeout((timeout_ms + self.limits.grace_ms) / 1000):
                return await future
        except TimeoutError as error:
            logger.error("the engine does not end a query, and is restarted")
            process.kill()
            raise QueryTimeout(_explain_timeout(timeout_ms)) from error

    def _end(self, finishing: "asyncio.Task[Message]") -> None:
        self._finishing.discard(finishing)
        self._slots.release()
        if not finishing.cancelled():
            # Whoever asked may have gone.
            finishing.exception()


def _state(told: Message) -> State:
    return "live" if told["is_live"] else "loading"


def _explain_timeout(timeout_ms: int) -> str:
    return f"the query took longer than {timeout_ms:,} ms and was stopped"


def _read(message: Message) -> Message:
    """Return a message's answer; raise its error."""
    if "ok" in message:
        answer: Message = message["ok"]
        return answer
    error = message["error"]
    if error == "refused":
        raise QueryRefused(message["message"], message["position"])
    if error == "timeout":
        raise QueryTimeout("the query took longer than its limit and was stopped")
    if error == "interrupted":
        raise EngineError("the query was interrupted")
    raise EngineError(message["message"])
