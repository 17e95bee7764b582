"""The engine as the service sees it: a child process that is restarted when it dies or hangs."""

from collections.abc import Mapping

from explore.answers import Answer, Schema


class Engine:
    """Runs queries in the child process. Use it as an asynchronous context manager."""

    async def query(
        self,
        board: str,
        sql: str,
        parameters: Mapping[str, object],
        *,
        limit: int,
        timeout_ms: int,
    ) -> Answer:
        """Return at most `limit` rows of one SELECT over the board's table.

        `parameters` are the values of `$name`: text, numbers, booleans, None. Raises `QueryRefused`
        (also for an unknown board), `QueryTimeout`, `EngineBusy` and `EngineRestarted`. If the
        awaiting task is cancelled, the query is interrupted.
        """
        raise NotImplementedError

    async def schema(self, board: str) -> Schema:
        """Return the table of a board. Raises as `query` does."""
        raise NotImplementedError
