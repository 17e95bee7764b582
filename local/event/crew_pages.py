"""The crew's pages of an event. They follow the tables' streams, so they rarely read the tables."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from starlette.types import ASGIApp

from aggregates.board import Board
from crew.app import create_crew
from crew.index import table_reader
from crew.settings import CrewSettings
from donations.image_json import Image
from intake.intake import Intake
from local.dynamodb import connect_dynamodb, connect_streams
from local.keep.keep_now import KeepNow
from local.keep.keeper import Hole, Keeper
from local.keep.store import Kept, open_store
from reconcile.stream import TableStream

# Changes by others appear on the crew's pages within this time.
_FOLLOW_SECONDS = 0.5
_ERROR_SECONDS = 2.0
# Reading a large table blocks the local DynamoDB, so do it rarely.
_REFRESH_SECONDS = 3600.0


class CrewPages:
    """Holds the crew's application, `app`, once it has read the tables."""

    def __init__(
        self,
        settings: CrewSettings,
        boards: Sequence[Board],
        endpoint: str,
        keep: KeepNow,
        *,
        read_code: Callable[[], str],
        read_notice: Callable[[], str],
        read_intake: Callable[[], Intake | None],
        root: str,
        store: Path,
    ) -> None:
        dynamodb = connect_dynamodb(endpoint)
        self._read_items = table_reader(dynamodb)
        self._store, self._unread = store, {board.table for board in boards}
        crew = create_crew(
            settings,
            boards,
            dynamodb,
            keep=keep,
            read_items=self._read,
            read_code=read_code,
            refresh_seconds=_REFRESH_SECONDS,
            read_notice=read_notice,
            read_intake=read_intake,
            root=root,
        )
        self.app: ASGIApp = crew
        self._desk = crew.state.desk
        self._boards, self._dynamodb = boards, dynamodb
        self._streams = connect_streams(endpoint)
        self._stop = threading.Event()
        # What was told before the file was read would be forgotten again by that.
        self._read_tables()
        follower = self._make_follower()
        while follower.step():
            pass
        self._thread = threading.Thread(target=self._follow, args=(follower,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop following the streams; running requests may finish."""
        self._stop.set()

    def _read(self, table: str) -> Iterator[Image]:
        """Yield a table's items: at first from the event's file, which is read in a moment.

        What it lacks, the streams have told since the tables were filled from it.
        """
        if table not in self._unread:
            yield from self._read_items(table)
            return
        self._unread.discard(table)
        with closing(open_store(self._store)) as store:
            yield from store.read_items(table)

    def _read_tables(self) -> None:
        for desk in self._desk.boards.values():
            desk.index.read_now()

    def _follow(self, follower: Keeper) -> None:
        while not self._stop.wait(_FOLLOW_SECONDS):
            try:
                while follower.step():
                    pass
            except Hole:
                follower = self._make_follower()
                self._read_tables()
            except (BotoCoreError, ClientError):
                self._stop.wait(_ERROR_SECONDS)

    def _make_follower(self) -> Keeper:
        readers, keys = {}, {}
        for board in self._boards:
            described = self._dynamodb.describe_table(TableName=board.table)["Table"]
            readers[board.table] = TableStream(self._streams, described["LatestStreamArn"])
            keys[board.table] = board.key
        return Keeper(_Notes(self._desk.note), readers, keys)


class _Notes:
    """A sink for a keeper that stores nothing and only passes changes to the crew's pages."""

    def __init__(self, note: Callable[[Sequence[tuple[str, str, Any]]], None]) -> None:
        self._note = note

    def keep(self, changes: Iterable[Kept], *, drained_ns: int | None = None) -> None:  # noqa: ARG002
        self._note(list(changes))

    def has_pending(self) -> bool:
        return False
