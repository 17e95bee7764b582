"""Fills the rows of a ClickHouse sink from its table, beside the stream.

A fill begins with a moment, its *cut*, by DynamoDB's clock, which takes effect before that moment.
From then on, the sink takes the changes made from the cut on, and the fill reads the table after
the cut: so what it reads includes all earlier changes. Whatever is written under an earlier cut, by
a call of the function that began before or by another fill, has lower versions and is no more seen
once this fill has ended.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from donations.image_json import Image
from sinks.clickhouse.columns import Columns
from sinks.clickhouse.errors import ClickHouseError
from sinks.clickhouse.server import Row, Server
from sinks.clickhouse.tables import Tables
from sinks.clickhouse.versions import make_version
from sinks.filling import MARGIN_SECONDS, FillError, read_now_s
from sinks.kinds.clickhouse import ClickHouse
from sinks.sink_state import DETACHED, FILLING, StateTable

# ClickHouse wants few large blocks; an item has at most 400 KB.
_BLOCK_ROWS = 10_000
_BLOCK_CHARACTERS = 16 * 2**20
_MOST_ATTEMPTS = 5


class ClickHouseFill:
    """One fill. `now_s` returns the time by DynamoDB's clock, in seconds."""

    def __init__(
        self,
        sink: ClickHouse,
        dynamodb: Any,
        server: Server,
        *,
        margin_seconds: int = MARGIN_SECONDS,
        block_rows: int = _BLOCK_ROWS,
        now_s: Callable[[], int] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._sink, self._dynamodb = sink, dynamodb
        self._read_now_s = now_s or (lambda: read_now_s(dynamodb, sink.source.table))
        self._state = StateTable(dynamodb, sink.name, self._read_now_s)
        self._margin_seconds, self._block_rows = margin_seconds, block_rows
        self._sleep, self._progress = sleep, progress
        self._columns = Columns(sink)
        self._tables = Tables(sink, self._columns, server)
        self._id = uuid.uuid4().hex

    def run(self) -> int:
        """Fill and attach the sink; return how many rows were written: one for each item.

        It may run at any time. Raises `FillError` and boto3's errors.
        """
        try:
            return self._run()
        except ClickHouseError as error:
            raise FillError(f"sink {self._sink.name}: {error}") from error

    def _run(self) -> int:
        described = self._dynamodb.describe_table(TableName=self._sink.source.table)
        self._tables.prepare(described["Table"]["TableArn"])
        cut_s = self._begin()
        begins_s = cut_s + self._margin_seconds
        while (now_s := self._read_now_s()) < begins_s:
            self._sleep(begins_s - now_s)
        version, written = make_version(cut_s), 0
        for rows in self._read_blocks():
            self._insist(cut_s)
            self._tables.insert((row, version) for row in rows)
            written += len(rows)
            self._progress(written)
        self._insist(cut_s)
        self._tables.mark(cut_s)
        if not self._state.finish_fill(self._id):
            raise FillError(self._explain_end())
        try:
            self._tables.forget(cut_s)
        except ClickHouseError as error:
            raise FillError(
                f"sink {self._sink.name} is filled and attached, but what no reader sees any more"
                f" could not be deleted: {error}"
            ) from error
        return written

    def _begin(self) -> int:
        """Begin the fill; return its cut, which lies ahead once the sink knows of it.

        Every change from the cut on is then taken under it. Else a change could be taken under it
        that is older than one taken before, and would win.
        """
        newest_s = self._tables.read_newest_cut()
        for _ in range(_MOST_ATTEMPTS):
            cut_s = self._read_now_s() + 2 * self._margin_seconds
            if cut_s <= newest_s:
                until = datetime.fromtimestamp(newest_s, UTC)
                raise FillError(
                    f"sink {self._sink.name}: its rows were filled at {until:%Y-%m-%d %H:%M:%S}"
                    " UTC, which is later than now by DynamoDB's clock; correct the clock, name"
                    " another `table`, or wait until then"
                )
            # Whoever counts the board otherwise detaches the sink from now on.
            self._state.note_file(self._columns.definition)
            self._state.begin_fill(self._id, cut_s)
            if self._read_now_s() <= cut_s - self._margin_seconds:
                return cut_s
        raise FillError(
            f"sink {self._sink.name}: DynamoDB answers too slowly for a fill to begin; try again"
        )

    def _read_blocks(self) -> Iterator[Sequence[Row]]:
        """Yield the rows of the table; the next ones are read only when they are asked for."""
        block: list[Row] = []
        characters = 0
        for images in self._read_pages():
            rows = [*map(self._columns.make_row, images)]
            block += rows
            # The item is nearly all of a row.
            characters += sum(len(row[-1]) for row in rows)
            if len(block) >= self._block_rows or characters >= _BLOCK_CHARACTERS:
                yield block
                block, characters = [], 0
        if block:
            yield block

    def _read_pages(self) -> Iterator[Sequence[Image]]:
        request = {"TableName": self._sink.source.table, "ConsistentRead": True}
        while True:
            page = self._dynamodb.scan(**request)
            yield page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _insist(self, cut_s: int) -> None:
        """Raise `FillError` unless the sink is still filled by this fill."""
        state = self._state.read()
        if state is None or state.status != FILLING or state.cut_s != cut_s:
            raise FillError(self._explain_end())

    def _explain_end(self) -> str:
        state = self._state.read()
        if state is not None and state.status == DETACHED:
            return f"sink {self._sink.name} was detached while it was filled: {state.why}"
        return f"another fill of the sink {self._sink.name} has begun; this one has ended"
