"""The crew's pages of an event. They follow the tables' streams, so they rarely read the tables."""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from starlette.types import ASGIApp

from aggregates.board import Board
from crew.app import create_crew
from crew.settings import CrewSettings
from intake.intake import Intake
from local.dynamodb import connect_dynamodb, connect_streams
from local.keep.keep_now import KeepNow
from local.keep.keeper import Hole, Keeper
from local.keep.store import Kept
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
    ) -> None:
        dynamodb = connect_dynamodb(endpoint)
        crew = create_crew(
            settings,
            boards,
            dynamodb,
            keep=keep,
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
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()
        self._read_tables()

    def close(self) -> None:
        """Stop following the streams; running requests may finish."""
        self._stop.set()

    def _read_tables(self) -> None:
        for desk in self._desk.boards.values():
            desk.index.read_now()

    def _follow(self) -> None:
        follower = self._make_follower()
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
