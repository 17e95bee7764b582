"""The table of a sink's rows in ClickHouse, and the view that people read.

The row whose key is empty, which no item has, is the mark of the last fill that ended: the view
shows the rows written under that fill, or a later one. So what a fill has not met is gone for
readers at once, and whatever an earlier fill or a late call of the function still writes is not
seen. A version only rises, so marks may come in any order.
"""

from collections.abc import Iterable

from sinks.clickhouse.columns import Columns
from sinks.clickhouse.errors import ClickHouseError
from sinks.clickhouse.server import Row, Server, quote_name, quote_text
from sinks.clickhouse.versions import make_version, read_cut
from sinks.kinds.clickhouse import ROWS_SUFFIX, ClickHouse

_ENGINE = "ReplacingMergeTree(_version, _is_deleted)"
_SAYS = "Tallyboard: "


class Tables:
    """The table and the view of a sink. All functions raise `ClickHouseError`."""

    def __init__(self, sink: ClickHouse, columns: Columns, server: Server) -> None:
        self._sink, self._columns, self._server = sink, columns, server
        database = quote_name(sink.database)
        self.view = f"{database}.{quote_name(sink.table)}"
        self._rows_name = f"{sink.table}{ROWS_SUFFIX}"
        self._rows = f"{database}.{quote_name(self._rows_name)}"

    def prepare(self, source: str) -> None:
        """Make the table and the view, or check that they are those of `source`.

        `source` identifies the table of DynamoDB.
        """
        found = self._read_tables()
        says = f"{_SAYS}the rows of {source}"
        self._check_view(found.get(self._sink.table), says)
        if self._rows_name in found:
            self._check_rows(found[self._rows_name], says)
        else:
            self._create_rows(says)
        names = ", ".join(["key", *(quote_name(one.name) for one in self._columns.own), "item"])
        # A filter on versions may go before FINAL or after it: a version below the mark never wins.
        self._server.run(
            f"CREATE OR REPLACE VIEW {self.view} DEFINER = CURRENT_USER SQL SECURITY DEFINER"
            f" AS SELECT {names} FROM {self._rows} FINAL WHERE key != '' AND _version >="
            f" (SELECT maxOrNull(_version) FROM {self._rows} WHERE key = '')"
            f" COMMENT {quote_text(says)}"
        )

    def insert(self, rows: Iterable[tuple[Row, str]]) -> None:
        """Write rows with their versions; the same ones may come any number of times."""
        names = ", ".join(self._columns.names)
        sql = f"INSERT INTO {self._rows} ({names}) FORMAT JSONEachRow"
        self._server.run(sql, self._columns.encode(rows))

    def read_newest_cut(self) -> int:
        """Return the latest cut under which a row was written; 0 if there is none."""
        [[version]] = self._server.ask(f"SELECT toString(max(_version)) FROM {self._rows}")
        return read_cut(version)

    def mark(self, cut_s: int) -> None:
        """Show readers the rows written under this fill, and none of earlier ones."""
        values = f"('', {quote_text(make_version(cut_s))})"
        self._server.run(f"INSERT INTO {self._rows} (key, _version) VALUES {values}")

    def forget(self, cut_s: int) -> None:
        """Delete what no reader sees since a fill: deletes, and what was gone before it."""
        version = quote_text(make_version(cut_s))
        self._server.run(f"ALTER TABLE {self._rows} DELETE WHERE _version < toUInt256({version})")

    def _read_tables(self) -> dict[str, Row]:
        names = f"{quote_text(self._sink.table)}, {quote_text(self._rows_name)}"
        rows = self._server.ask(
            "SELECT name, engine, engine_full, sorting_key, comment FROM system.tables"
            f" WHERE database = {quote_text(self._sink.database)} AND name IN ({names})"
        )
        return {row[0]: row for row in rows}

    def _check_view(self, found: Row | None, says: str) -> None:
        if found is None:
            return
        _, engine, _, _, comment = found
        if engine != "View" or not comment.startswith(_SAYS):
            raise self._refuse(self._sink.table, "is not the sink's own")
        self._check_source(self._sink.table, comment, says)

    def _check_rows(self, found: Row, says: str) -> None:
        _, engine, engine_full, sorting_key, comment = found
        # On a cluster, and in the cloud, the engine's name has something before it.
        if not engine.endswith("ReplacingMergeTree") or "_version, _is_deleted)" not in engine_full:
            raise self._refuse(self._rows_name, f"has the engine {engine}, not {_ENGINE}")
        if sorting_key != "key":
            raise self._refuse(
                self._rows_name, f"is ordered by {sorting_key or 'nothing'}, not key"
            )
        self._check_source(self._rows_name, comment, says)
        types = dict(
            self._server.ask(
                "SELECT name, type FROM system.columns WHERE database ="
                f" {quote_text(self._sink.database)} AND table = {quote_text(self._rows_name)}"
            )
        )
        for name, kind in self._columns.fixed.items():
            if types.get(name) != kind:
                raise self._refuse(self._rows_name, f"has no column {name} {kind}")
        for column in self._columns.own:
            if column.name not in types:
                self._server.run(
                    f"ALTER TABLE {self._rows} ADD COLUMN IF NOT EXISTS"
                    f" {quote_name(column.name)} {column.type}"
                )
            elif types[column.name] != column.type:
                raise self._refuse(
                    self._rows_name,
                    f"has a column {column.name} of the type {types[column.name]}, and the board"
                    f" needs {column.type}",
                )

    def _check_source(self, name: str, comment: str, says: str) -> None:
        if comment != says:
            has = comment.removeprefix(_SAYS) or "nothing that a sink wrote"
            raise self._refuse(name, f"has {has}, not {says.removeprefix(_SAYS)}")

    def _create_rows(self, says: str) -> None:
        own = "".join(f"{quote_name(one.name)} {one.type}, " for one in self._columns.own)
        # Many small blocks come, so each is safe only once it is on the disk.
        self._server.run(
            f"CREATE TABLE IF NOT EXISTS {self._rows} (key String, {own}item String,"
            f" _version UInt256, _is_deleted UInt8) ENGINE = {_ENGINE} ORDER BY key"
            " SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"
            f" COMMENT {quote_text(says)}"
        )

    def _refuse(self, name: str, why: str) -> ClickHouseError:
        sink = self._sink
        return ClickHouseError(
            f"{sink.database}.{name} at {sink.url} {why}; name another `table`, or drop"
            f" {sink.database}.{name} if nothing needs it"
        )
