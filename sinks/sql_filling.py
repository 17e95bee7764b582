"""Fills the rows of a SQL sink from its table, beside the stream.

A fill notes a moment in the file, its *cut*, by DynamoDB's clock. From then on the file takes no
change made before the cut, and the fill reads the table later than the cut: so what it reads
includes all that is not taken. A change that was passed over while the sink was detached was made
before the cut. An item that changed after its page began to be read keeps what the stream told; all
later changes of it come through the stream, too.
"""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sinks.filling import MARGIN_SECONDS, FillError, read_now_s
from sinks.kinds.sql import Sql
from sinks.sink_state import DETACHED, StateTable
from sinks.sql_service import SqlFeed, SqlServiceError, Told
from sinks.state_items import MOST_AGE_SECONDS

_PAGE_ITEMS = 500
# Nothing older is taken, so no tombstone is needed; a day more than clocks can differ.
_FORGET_SECONDS = MOST_AGE_SECONDS + 86_400


class SqlFill:
    """One fill. `now_s` returns the time by DynamoDB's clock, in seconds."""

    def __init__(
        self,
        sql: Sql,
        dynamodb: Any,
        feed: SqlFeed,
        *,
        margin_seconds: int = MARGIN_SECONDS,
        now_s: Callable[[], int] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._sql, self._dynamodb, self._feed = sql, dynamodb, feed
        self._read_now_s = now_s or (lambda: read_now_s(dynamodb, sql.source.table))
        self._state = StateTable(dynamodb, sql.name, self._read_now_s)
        self._margin_seconds, self._sleep, self._progress = margin_seconds, sleep, progress
        self._id = uuid.uuid4().hex

    def run(self) -> int:
        """Fill and attach the sink; return how many rows were corrected.

        It may run at any time. Raises `FillError` and boto3's errors.
        """
        try:
            return self._run()
        except SqlServiceError as error:
            raise FillError(f"sink {self._sql.name}: {error}") from error
        except BaseException:
            # Then the service fills itself at once; else it waits a while for the next page.
            with suppress(SqlServiceError):
                self._feed.ask(self._sql.board.name, "abandon_fill", fill=self._id)
            raise

    def _run(self) -> int:
        # First the sink, then the cut: whatever calls of the function passed over until now was
        # made before the cut, however long this process is held up.
        self._state.begin_fill(self._id, self._read_now_s())
        cut_s = self._read_now_s() + self._margin_seconds
        guard = self._ask("begin_fill", cut=cut_s)["version"]
        begins_s = cut_s + self._margin_seconds
        while (now_s := self._read_now_s()) < begins_s:
            self._sleep(begins_s - now_s)
        guard = self._ask("tell")["version"]
        read = corrected = 0
        for images in self._read_pages():
            told = self._ask("fill_page", guard=guard, images=images)
            # The next page is read after this.
            guard = told["version"]
            corrected += told["corrected"]
            read += len(images)
            self._progress(read)
        if not self._state.finish_fill(self._id):
            raise FillError(self._explain_end())
        told = self._ask("end_fill", forget=cut_s - _FORGET_SECONDS)
        self._state.note_file(f"{told['epoch']} {told['version']}")
        return corrected + int(told["corrected"])

    def _ask(self, do: str, **details: Any) -> Told:
        told = self._feed.ask(self._sql.board.name, do, fill=self._id, **details)
        if told.get("is_over"):
            raise FillError(self._explain_end())
        return told

    def _read_pages(self) -> Any:
        """Yield pages; the next one is read only when it is asked for."""
        request = {
            "TableName": self._sql.source.table,
            "ConsistentRead": True,
            "Limit": _PAGE_ITEMS,
        }
        while True:
            page = self._dynamodb.scan(**request)
            yield page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _explain_end(self) -> str:
        state = self._state.read()
        if state is not None and state.status == DETACHED:
            return f"sink {self._sql.name} was detached while it was filled: {state.why}"
        return f"another fill of the sink {self._sql.name} has begun; this one has ended"
