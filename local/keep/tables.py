"""The tables that an event keeps, and their keys."""

import json
from typing import Any, NamedTuple

from aggregates.board import Board
from crew.tables import JOURNAL_KEY
from intake.store import STATES_SUFFIX
from intake.tables import STATES_KEY
from local.keep.store import Store, StoreError

# Added to a table's name for its journal, which records who entered and corrected what.
JOURNAL_SUFFIX = "-journal"


class KeptTable(NamedTuple):
    """A table and its key: attributes with DynamoDB's type (S, N or B), partition key first."""

    name: str
    key: tuple[tuple[str, str], ...]

    @property
    def key_names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.key)


class EventTableNames(NamedTuple):
    """A board's table, its journal, and what payment providers have told of each donation."""

    items: KeptTable
    journal: KeptTable
    states: KeptTable


def name_tables(store: Store, board: Board) -> EventTableNames:
    """Return a board's tables. Keys are text, unless the event came from AWS."""
    journal = _name_beside(board, JOURNAL_SUFFIX, JOURNAL_KEY)
    states = _name_beside(board, STATES_SUFFIX, STATES_KEY)
    noted = store.read_fact(f"key of {board.table}")
    if noted is None:
        return EventTableNames(_name_beside(board, "", board.key), journal, states)
    table = KeptTable(board.table, tuple((name, kind) for name, kind in json.loads(noted)))
    if table.key_names != board.key:
        raise StoreError(
            f"the board's key is {', '.join(board.key)}, but in {store.path} the key of"
            f" {board.table} is {', '.join(table.key_names)}; correct `key` in the board's file"
        )
    return EventTableNames(table, journal, states)


def _name_beside(board: Board, suffix: str, key: tuple[str, ...]) -> KeptTable:
    return KeptTable(f"{board.table}{suffix}", tuple((name, "S") for name in key))


def note_key(store: Store, table: KeptTable) -> None:
    """Store a table's key, so that the table is created again with the same types."""
    store.write_fact(f"key of {table.name}", json.dumps(table.key))


def create_kept_table(dynamodb: Any, table: KeptTable) -> None:
    """Create a table without a stream, because filling it must make no records."""
    dynamodb.create_table(
        TableName=table.name,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in table.key
        ],
        KeySchema=[
            {"AttributeName": name, "KeyType": kind}
            for (name, _), kind in zip(table.key, ("HASH", "RANGE"), strict=False)
        ],
        BillingMode="PAY_PER_REQUEST",
    )
