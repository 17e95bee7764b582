"""A ClickHouse sink that takes changes."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from sinks.change import Change
from sinks.clickhouse.columns import Columns
from sinks.clickhouse.errors import ClickHouseError
from sinks.clickhouse.server import Server
from sinks.clickhouse.tables import Tables
from sinks.clickhouse.versions import make_version
from sinks.kinds.clickhouse import ClickHouse
from sinks.sink_state import SinkState, StateTable
from sinks.target import Failure, Refused


class ClickHouseTarget:
    """Takes changes for a ClickHouse sink: inserts rows, of which ClickHouse keeps the newest."""

    is_filled_from_table = True

    def __init__(
        self,
        sink: ClickHouse,
        dynamodb: Any,
        server: Server,
        *,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.name, self.source = sink.name, sink.source
        self.state = StateTable(dynamodb, sink.name, now_s)
        self._columns = Columns(sink)
        self._tables = Tables(sink, self._columns, server)

    def take(self, changes: Sequence[Change], state: SinkState) -> Failure | None:
        """Insert the newest change of each item, except those from before the last fill.

        The fill has read the table later than that. Raises `Refused` if the rows that it wrote are
        not those of the board as it is now.
        """
        if state.file != self._columns.definition:
            raise Refused("its rows were filled for another definition of the board")
        later = [change for change in changes if change.made_s >= state.cut_s]
        if not later:
            return None
        newest = {change.item: change for change in sorted(later, key=lambda one: one.at)}
        try:
            self._tables.insert(
                (
                    [self._columns.key_of(change.keys)]
                    if change.new is None
                    else self._columns.make_row(change.new),
                    make_version(state.cut_s, change.at),
                )
                for change in newest.values()
            )
        except (ClickHouseError, ValueError) as error:
            return Failure(later[0], str(error))
        return None

    def pass_over(self, changes: Sequence[Change], state: SinkState) -> Failure | None:  # noqa: ARG002
        """Do nothing: the fill will read these items, or newer ones, from the table."""
        return None
