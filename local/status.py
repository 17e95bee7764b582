"""The status line at the bottom of the terminal: what was written and what is counted."""

from redis import Redis

from aggregates.board import ALL, Board
from aggregates.connection import REDIS_ERRORS
from local.totals import count_rejected, describe_group, read_totals


def describe_status(redis: Redis, board: Board, written: str | None) -> str:
    """Return the line; `written` describes the simulated donors, None without them."""
    try:
        counted = describe_group(read_totals(redis, board), ALL, board)
        rejected = count_rejected(redis, board)
    except REDIS_ERRORS as error:
        return f"Redis does not answer: {error}"
    # The most important part comes first, because a narrow terminal cuts the end.
    parts = [f"counted {counted.removeprefix(f'{ALL}: ')}"]
    if rejected:
        parts.append(f"{rejected:,} cannot be counted: /api/boards/{board.name}/rejected says why")
    if written is not None:
        parts.append(f"simulated: {written}")
    return " · ".join(parts)
