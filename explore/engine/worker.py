"""Workers: threads that run queries, and the one that writes."""

import os
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any

import duckdb

from explore.engine.database import Database
from explore.engine.describing import Warnings, describe_table
from explore.engine.querying import explain, run_query
from explore.engine.writing import OPERATIONS
from explore.errors import QueryRefused
from explore.limits import Limits

# The database is invalid after these: the process ends, and the service starts another one.
_FATAL = (duckdb.FatalException, duckdb.InternalException)
EXIT_FATAL = 70

Message = dict[str, Any]
Reply = Callable[[Message], None]


class Running:
    """The queries that run, so that they can be interrupted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: dict[int, duckdb.DuckDBPyConnection] = {}
        self._early: set[int] = set()
        self._late: set[int] = set()

    def begin(self, query: int, reader: duckdb.DuckDBPyConnection) -> bool:
        """Note that a query runs; return False if it was interrupted before."""
        with self._lock:
            if query in self._early:
                self._early.discard(query)
                return False
            self._readers[query] = reader
            return True

    def end(self, query: int) -> bool:
        """Note that a query has ended; return whether it took too long."""
        with self._lock:
            self._readers.pop(query, None)
            is_late = query in self._late
            self._late.discard(query)
            return is_late

    def interrupt(self, query: int, *, is_late: bool = False) -> None:
        """Interrupt a query, which may not have begun."""
        with self._lock:
            if query in self._readers:
                if is_late:
                    self._late.add(query)
                self._readers[query].interrupt()
            elif not is_late:
                self._early.add(query)


class QueryWorker:
    """Runs queries one after the other, with its own connection to each board."""

    def __init__(
        self,
        number: int,
        databases: Mapping[str, Database],
        waiting: "queue.SimpleQueue[Message]",
        running: Running,
        reply: Reply,
        limits: Limits,
    ) -> None:
        self._number, self._databases = number, databases
        self._waiting, self._running, self._reply = waiting, running, reply
        self._most_bytes = limits.answer_mb * 2**20
        self._warnings = {name: Warnings() for name in databases}

    def run(self) -> None:
        """Run forever."""
        while True:
            message = self._waiting.get()
            self._reply({"id": message["id"], **_guard(self._run, message)})

    def _run(self, message: Message) -> Message:
        database = self._databases[message["board"]]
        reader = database.readers[self._number]
        query = message["id"]
        if not self._running.begin(query, reader):
            return {"error": "interrupted"}
        late = threading.Timer(
            message["timeout_ms"] / 1000, self._running.interrupt, [query], {"is_late": True}
        )
        late.daemon = True
        late.start()
        try:
            answer = self._answer(reader, message)
        except duckdb.InterruptException:
            is_late = self._running.end(query)
            return {"error": "timeout" if is_late else "interrupted"}
        except duckdb.Error as error:
            if isinstance(error, _FATAL):
                raise
            raise explain(error, message.get("sql", ""), lines_before=1) from error
        finally:
            late.cancel()
            self._running.end(query)
        return {"ok": answer | {"is_live": database.is_live}}

    def _answer(self, reader: duckdb.DuckDBPyConnection, message: Message) -> Message:
        if message.get("what") == "schema":
            return describe_table(reader)
        return run_query(
            reader,
            message["sql"],
            message["parameters"],
            limit=message["limit"],
            most_bytes=self._most_bytes,
            warnings=self._warnings[message["board"]],
        )


class Writer:
    """Does what the service tells, one operation after the other."""

    def __init__(
        self,
        databases: Mapping[str, Database],
        waiting: "queue.SimpleQueue[Message]",
        reply: Reply,
    ) -> None:
        self._databases, self._waiting, self._reply = databases, waiting, reply

    def run(self) -> None:
        """Run forever."""
        while True:
            message = self._waiting.get()
            self._reply({"id": message["id"], **_guard(self._run, message)})

    def _run(self, message: Message) -> Message:
        database = self._databases[message["board"]]
        return {"ok": OPERATIONS[message["do"]](database, message)}


def _guard(work: Callable[[Message], Message], message: Message) -> Message:
    """Return what work returns, or its error; end the process if the database is lost."""
    try:
        return work(message)
    except QueryRefused as error:
        return {"error": "refused", "message": error.message, "position": error.position}
    except _FATAL as error:
        print(f"the engine ends: {error}", flush=True)  # noqa: T201
        os._exit(EXIT_FATAL)
    except Exception as error:
        return {"error": "failed", "message": f"{type(error).__name__}: {error}"}
