"""The columns of a board's table: the board's own, and one for each attribute that was seen."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from explore.engine.tables import ROWS, TYPES, TableColumn, create_view, quote_name, read_columns
from sinks.column_names import can_be_named, name_column

# Further attributes are only in `item`.
MOST_MORE = 200

OWN = "own"


class Columns:
    """The columns of one table. Changes are those of the writer's transaction."""

    def __init__(self, writer: duckdb.DuckDBPyConnection) -> None:
        self._writer = writer
        self.own: list[TableColumn] = []
        self.more: dict[str, TableColumn] = {}
        self.reload()

    def reload(self) -> None:
        """Read the columns again, after a transaction that was rolled back."""
        columns = read_columns(self._writer)
        self.own = [column for column in columns if column.kind == OWN]
        self.more = {column.attribute: column for column in columns if column.kind != OWN}

    @property
    def all(self) -> list[TableColumn]:
        """The columns in the order in which values are staged."""
        return [*self.own, *self.more.values()]

    def add_new(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add columns for attributes that are seen for the first time."""
        known = {column.attribute for column in self.own}
        before = len(self.more)
        for row in rows:
            for attribute, (kind, _) in row["more"].items():
                if attribute in self.more or attribute in known:
                    continue
                if len(self.more) < MOST_MORE and can_be_named(attribute):
                    self._add(attribute, kind)
        if len(self.more) > before:
            create_view(self._writer, self.all)

    def _add(self, attribute: str, kind: str) -> None:
        name = name_column(attribute, [column.name for column in self.all])
        column = TableColumn(name, attribute, TYPES[kind], kind)
        place = len(self.own) + len(self.more)
        self._writer.execute(f"ALTER TABLE {ROWS} ADD COLUMN {quote_name(name)} {column.type}")
        self._writer.execute("INSERT INTO _columns VALUES (?, ?, ?, ?, ?)", [place, *column])
        self.more[attribute] = column

    def stage(self, row: Mapping[str, Any]) -> tuple[list[str | None], list[str]]:
        """Return a row's values as text, and the columns that cannot have its value."""
        odd = [column.name for column in self.own if column.attribute in row["odd"]]
        values: list[str | None] = list(row["own"])
        more = row["more"]
        for attribute, column in self.more.items():
            kind, text = more.get(attribute, (None, None))
            if kind is not None and kind != column.kind:
                odd.append(column.name)
                text = None
            values.append(text)
        return values, odd


def list_staged(columns: Sequence[TableColumn]) -> str:
    """Return the columns of staged rows as SQL casts them; the first is the sixth of a row."""
    return "".join(
        f", CAST(r[{place}] AS {column.type}) AS {quote_name(column.name)}"
        for place, column in enumerate(columns, 6)
    )
