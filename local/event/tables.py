"""The tables of an event: filled from its file, then followed so that the file stays current."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from aggregates.board import Board
from local.dynamodb import connect_streams
from local.event.board_file import BoardFile
from local.event.milestones import Milestones
from local.event.settings import EventSettings
from local.keep.fill import fill_table, open_stream
from local.keep.following import Following
from local.keep.store import Store, open_store
from local.keep.tables import KeptTable, create_kept_table, name_tables
from local.sink_tables import name_sink_tables
from local.system import System
from reconcile.stream import TableStream
from sinks.choosing import choose_record_sinks, choose_sinks

# The keeper may still have changes to write when the system ends.
_KEEPER_STOP_SECONDS = 15.0
_REDIS_FACT = "the Redis of this event"


class EventTables:
    """An event's tables for `run_system`. `trouble` is why nothing can be kept now, else empty.

    `board_file` is set once they are opened.
    """

    web_module = "local.event"

    def __init__(self, settings: EventSettings, say: Callable[[str], None]) -> None:
        self._settings, self._say = settings, say
        self._folder = settings.folder
        self._store: Store | None = None
        self._following: Following | None = None
        self.board_file = BoardFile(settings.board, settings.folder)
        self.items = 0

    @property
    def lost(self) -> str:
        return (
            f"Nothing that was kept is lost: it is in {self._folder.store}."
            " Start the event again with the same command."
        )

    @property
    def web_environment(self) -> Mapping[str, str]:
        return {"EVENT_FOLDER": str(self._folder.path)}

    @property
    def may_clear_redis(self) -> bool:
        """Whether this event has used this Redis before: the tables can rebuild its keys."""
        assert self._store is not None
        return self._store.read_fact(_REDIS_FACT) == self._settings.system.redis_url

    @property
    def trouble(self) -> str:
        return "" if self._following is None else self._following.trouble

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Open the event's file; raise `LocalError`. An unreadable file is left as it is."""
        self._folder.make()
        self.board_file.load()
        self._folder.read_code()
        self._folder.read_session_key()
        store = open_store(self._folder.store, create=True)
        try:
            # This also writes: a full disk fails now, not at the first donation.
            store.settle()
            self._store = store
            yield
        finally:
            store.close()

    def prepare(self, cache: Path, boards: Mapping[str, Board]) -> None:
        """Make nothing: an event has the sources that a person has written."""

    def make(self, system: System, stop: threading.Event) -> list[str]:
        """Create the tables and fill them; then open their streams and follow them."""
        store, dynamodb = self._store, system.dynamodb
        assert store is not None
        if (url := self._settings.system.redis_url) is not None:
            store.write_fact(_REDIS_FACT, url)
        tables = self._name_tables(store, system)
        self._warn_of_others(store, {table.name for table in tables})
        for table in tables:
            create_kept_table(dynamodb, table)
        counts = [fill_table(dynamodb, store, table.name, stop) for table in tables]
        self.items = counts[0]
        arns = {table.name: open_stream(dynamodb, table.name) for table in tables}
        self._follow(system, store, tables, arns)
        self._follow_milestones(system, store)
        return [arns[system.board.table]]

    def _name_tables(self, store: Store, system: System) -> list[KeptTable]:
        """Return the board's tables, its own first, and those of the sinks."""
        tables = list(name_tables(store, system.board))
        sinks, _ = choose_sinks(system.boards, self._settings.system.sinks)
        known = {table.name for table in tables}
        return tables + name_sink_tables(choose_record_sinks(sinks).values(), known)

    def _follow(
        self, system: System, store: Store, tables: list[KeptTable], arns: dict[str, str]
    ) -> None:
        streams = connect_streams(system.running.dynamodb)
        readers = {name: TableStream(streams, arn) for name, arn in arns.items()}
        following = Following(store, system.dynamodb, tables, readers, self._say)
        self._following = following

        def follow(stop: threading.Event) -> None:
            following.run(stop)
            # Nothing would be kept from now on, so stop the DynamoDB that accepts it.
            system.children[0].process.kill()

        system.start_worker("the keeper of the event", follow, _KEEPER_STOP_SECONDS)

    def _follow_milestones(self, system: System, store: Store) -> None:
        milestones = Milestones(system.board, system.redis)
        milestones.remember(store)
        system.start_worker(
            "what keeps the milestones", lambda stop: milestones.follow(self._folder.store, stop)
        )

    def _warn_of_others(self, store: Store, names: set[str]) -> None:
        others = [name for name in store.list_tables() if name not in names]
        if others:
            self._say(
                f"! {self._folder.store} also keeps {', '.join(others)}, which this board does not"
                f" count; that stays as it is"
            )
