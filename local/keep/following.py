"""Keeps an event's tables while it runs, also if their streams drop records."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aggregates.item import read_key
from local.keep.keeper import Hole, Keeper
from local.keep.store import Store, StoreError
from local.keep.tables import KeptTable
from reconcile.stream import StreamReader

_ERROR_SECONDS = 1.0


class Following:
    """Follows the tables' streams into the store. `trouble` is why nothing can be kept now.

    If a stream drops records, nothing is lost: the whole table is read again.
    """

    def __init__(
        self,
        store: Store,
        dynamodb: Any,
        tables: Sequence[KeptTable],
        readers: Mapping[str, StreamReader],
        say: Callable[[str], None],
    ) -> None:
        self._store, self._dynamodb, self._say = store, dynamodb, say
        self._tables, self._readers = tables, readers
        self._keeper = self._make_keeper()
        self._trouble = ""

    @property
    def trouble(self) -> str:
        return self._trouble or self._keeper.trouble

    def run(self, stop: threading.Event) -> None:
        """Keep changes until `stop` is set, including those that came before it."""
        while True:
            try:
                self._keeper.run(stop)
            except Hole as error:
                self._say(f"! {error}; the tables are read again")
                self._read_again(stop)
            else:
                return

    def _make_keeper(self) -> Keeper:
        return Keeper(self._store, self._readers, {t.name: t.key_names for t in self._tables})

    def _read_again(self, stop: threading.Event) -> None:
        """Read all tables into the store. Then the streams' remaining records are applied again."""
        for table in self._tables:
            while not self._replace(table):
                if stop.wait(_ERROR_SECONDS):
                    return
        self._trouble = ""
        self._keeper = self._make_keeper()

    def _replace(self, table: KeptTable) -> bool:
        began_ns = time.time_ns()
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=table.name, ConsistentRead=True
        )
        try:
            items = [item for page in pages for item in page["Items"]]
            keyed = ((read_key(item, table.key_names), item) for item in items)
            self._store.replace(table.name, keyed, read_ns=began_ns)
        except (StoreError, BotoCoreError, ClientError) as error:
            self._trouble = str(error)
            return False
        return True
