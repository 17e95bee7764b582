"""A SQL sink at work: hands changes to the service that keeps its rows."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from sinks.change import Change
from sinks.kinds.sql import Sql
from sinks.sink_state import SinkState, StateTable
from sinks.sql_service import SqlFeed, SqlServiceError
from sinks.state_items import MOST_AGE_SECONDS
from sinks.target import Failure, Refused

logger = logging.getLogger("tallyboard")


class SqlTarget:
    """Takes changes for a SQL sink. What it took is on the service's disk."""

    is_filled_from_table = True

    def __init__(
        self, sql: Sql, dynamodb: Any, feed: SqlFeed, *, now_s: Callable[[], float] = time.time
    ) -> None:
        self.name, self.source = sql.name, sql.source
        self.state = StateTable(dynamodb, sql.name, now_s)
        self._board, self._feed = sql.board.name, feed

    def take(self, changes: Sequence[Change], state: SinkState) -> Failure | None:
        """Hand all changes over. The service passes over those that it has, or that a fill has.

        Raises `Refused` for one that is too old: what would show that a newer one was taken may be
        gone.
        """
        oldest_s = min(change.made_s for change in changes)
        if oldest_s < self.state.now_s() - MOST_AGE_SECONDS:
            raise Refused(f"changes came that are older than {MOST_AGE_SECONDS // 86_400} days")
        newest = {change.item: change for change in sorted(changes, key=lambda one: one.at)}
        wanted = [
            {"keys": one.keys, "new": one.new, "at": one.at, "made": one.made_s}
            for one in newest.values()
        ]
        try:
            told = self._feed.ask(self._board, "apply", changes=wanted)
        except SqlServiceError as error:
            return Failure(changes[0], str(error))
        file = f"{told['epoch']} {told['version']}"
        if file != state.file:
            self.state.note_file(file)
        return None

    def pass_over(self, changes: Sequence[Change], state: SinkState) -> Failure | None:  # noqa: ARG002
        """Tell the service that changes are missing, so that it says so and fills itself."""
        try:
            self._feed.ask(self._board, "note_behind", why=state.why or "the sink was detached")
        except SqlServiceError as error:
            # It looks at the sink's state itself, too.
            logger.error("sink %s: %s", self.name, error)
        return None
