"""Answers queries; equal questions about one version of the data cost one execution.

That is what "any number of viewers" means: a thousand that look at a stored query wait for the same
execution, or get its answer until the data changes.
"""

import asyncio
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from explore.answers import Answer
from explore.asking import Question
from explore.engine_client import Engine
from explore.versions import Version, Versions

MAX_CACHE_BYTES = 64 * 1024 * 1024
# What these give changes although the data does not; a word of a text may be one by chance.
_RESTLESS = re.compile(
    r"\b(?:now|today|age|random|g?e?n?_?random_uuid|uuid(?:v[47])?|current_\w+|get_current_\w+"
    r"|localtime\w*|transaction_timestamp|sample|tablesample|reservoir_quantile)\b",
    re.IGNORECASE,
)

# Counts an execution while it runs; may refuse it.
Running = Callable[[], AbstractContextManager[None]]
_Key = tuple[str, str, str, int]


@dataclass(frozen=True)
class Result:
    """An answer, and how it was come by."""

    answer: Answer
    created: datetime
    queued_ms: int
    is_cached: bool = False


@dataclass
class _Flight:
    """An execution, and how many wait for it."""

    task: "asyncio.Task[Result]"
    waiting: int = 0


@dataclass
class _Kept:
    version: Version
    result: Result
    size: int


@dataclass
class _Cache:
    """The latest answers; those unused for longest go first."""

    kept: "OrderedDict[_Key, _Kept]" = field(default_factory=OrderedDict)
    size: int = 0

    def find(self, key: _Key, version: Version) -> Result | None:
        one = self.kept.get(key)
        if one is None or one.version != version:
            return None
        self.kept.move_to_end(key)
        return one.result

    def keep(self, key: _Key, version: Version, result: Result) -> None:
        self._drop(key)
        # A rough size: what the rows are as text, and what Python adds.
        size = 4 * sum(len(str(row)) for row in result.answer.rows) + 2_000
        if size > MAX_CACHE_BYTES // 4:
            return
        self.kept[key] = _Kept(version, result, size)
        self.size += size
        while self.size > MAX_CACHE_BYTES:
            self._drop(next(iter(self.kept)))

    def _drop(self, key: _Key) -> None:
        if (one := self.kept.pop(key, None)) is not None:
            self.size -= one.size


class Results:
    """Answers questions by the engine, or by what it has just answered."""

    def __init__(self, engine: Engine, versions: Versions) -> None:
        self._engine, self._versions = engine, versions
        self._cache = _Cache()
        self._flights: dict[tuple[_Key, int, Version], _Flight] = {}
        # How many queries the engine has been asked.
        self.executions = 0

    async def answer(self, question: Question, running: Running) -> Result:
        """Return the answer; raise `EngineError`, or what `running` raises.

        `running` is entered only by whoever causes an execution. If the caller is cancelled, the
        execution is, too, unless somebody else waits for it.
        """
        version = await self._versions.read(question.board)
        key = _make_key(question)
        restless = is_restless(question.sql)
        if not restless and (result := self._cache.find(key, version)) is not None:
            return Result(result.answer, result.created, 0, is_cached=True)
        place = (key, question.timeout_ms, version)
        flight = self._flights.get(place)
        if flight is None:
            with_slot = running()
            with_slot.__enter__()
            flight = _Flight(asyncio.create_task(self._execute(question, version, key, restless)))
            self._flights[place] = flight
            flight.task.add_done_callback(lambda task: self._land(place, task, with_slot))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        except asyncio.CancelledError:
            if flight.waiting == 1:
                flight.task.cancel()
                # Whoever asks the same now starts anew.
                self._flights.pop(place, None)
            raise
        finally:
            flight.waiting -= 1

    async def _execute(
        self, question: Question, version: Version, key: _Key, restless: bool
    ) -> Result:
        self.executions += 1
        began = time.monotonic()
        answer = await self._engine.query(
            question.board,
            question.sql,
            question.parameters,
            limit=question.limit,
            timeout_ms=question.timeout_ms,
        )
        waited_ms = round((time.monotonic() - began) * 1000)
        queued_ms = max(0, waited_ms - answer.elapsed_ms)
        result = Result(answer, datetime.now(UTC), queued_ms)
        if not restless:
            is_live = answer.state == "live"
            self._cache.keep(key, Version(version.epoch, answer.version, is_live), result)
        return result

    def _land(
        self,
        place: tuple[_Key, int, Version],
        task: "asyncio.Task[Result]",
        with_slot: AbstractContextManager[None],
    ) -> None:
        with_slot.__exit__(None, None, None)
        if (flight := self._flights.get(place)) is not None and flight.task is task:
            del self._flights[place]
        if not task.cancelled():
            task.exception()  # everybody who waited may have left


def is_restless(sql: str) -> bool:
    """Return whether the answer may change although the data does not, as with now()."""
    return _RESTLESS.search(sql) is not None


def _make_key(question: Question) -> _Key:
    parameters = json.dumps(question.parameters, sort_keys=True)
    return question.board, question.sql, parameters, question.limit
