"""Runs the Lua scripts that count and read, with one typed function each.

Every function may be called again after a lost reply: applying a batch twice changes nothing.
"""

from typing import Any, NamedTuple, cast

from aggregates.batch import Batch
from aggregates.board import Board
from aggregates.keys import CHANNEL, BoardKeys, board_keys
from aggregates.lua_script import AsyncClient, Client, Script
from aggregates.snapshot import Snapshot, decode_snapshot

# Groups read per group shown: some may fall in rank before Redis is read again.
GROUPS_READ = 2


class Applied(NamedTuple):
    """The result of a batch: the board's version after it, and the rows applied and skipped."""

    version: int
    applied: int
    skipped: int


class Standing(NamedTuple):
    """A board's state in Redis, and until when the table's changes are known to be counted.

    `epoch` is None if Redis has nothing of the board; `is_lost` says that Redis has lost a part.
    The fields `chain_…` and `counted_ms` are the watch's note. `now_ms` is the server's clock.
    Records made before `stale_before` (seconds since 1970) are in the totals that were last proven.
    """

    epoch: str | None
    version: int
    definition: str | None
    verified_server: str | None
    verified_at: str | None
    is_lost: bool
    counted_ms: int | None
    chain_epoch: str | None
    chain_server: str | None
    chain_reason: str | None
    chain_since_ms: int | None
    now_ms: int
    stale_before: int | None = None


_APPLY = Script("apply")
_DISOWN = Script("disown")
_CHECK = Script("check", is_read_only=True)
_SNAPSHOT = Script("snapshot", is_read_only=True)


def apply_batch(client: Client, keys: BoardKeys, batch: Batch) -> Applied:
    """Apply a batch atomically and publish what changed.

    Raises `DefinitionError` if the ledger was counted under another definition of the board,
    `LostError` if Redis has lost a part of it, `RunLostError` for a page of a run that is over, and
    redis-py's errors. After one of redis-py's errors it is not known whether the batch was applied:
    apply it again.
    """
    return Applied(*_APPLY.run(client, keys[: keys.index(keys.chain)], batch.text, CHANNEL))


def disown_totals(client: Client, keys: BoardKeys) -> None:
    """Note that records were skipped: the totals are no longer proven, and a run starts over."""
    _DISOWN.run(client, (keys.meta, keys.reconcile))


def read_standing(client: Client, keys: BoardKeys) -> Standing:
    """Return a board's state; it costs a dozen look-ups, whatever the board's size."""
    return decode_standing(_CHECK.run(client, _check_keys(keys)))


def standing_command(keys: BoardKeys) -> tuple[Any, ...]:
    """Return the command of `read_standing` for a pipeline; `decode_standing` reads its reply."""
    return _CHECK.command(_check_keys(keys))


async def read_standing_async(client: AsyncClient, keys: BoardKeys) -> Standing:
    """Return a board's state, for asyncio."""
    return decode_standing(await _CHECK.run_async(client, _check_keys(keys)))


async def read_snapshot(client: AsyncClient, board: Board) -> Snapshot | None:
    """Return what is shown of a board, as of one version; None if Redis holds nothing of it.

    Raises `MessageError` if Redis holds something that our scripts do not write.
    """
    reply = cast("list[Any]", await _SNAPSHOT.run_async(client, *snapshot_call(board)))
    return decode_snapshot(reply, board.counted_names)


def snapshot_call(board: Board) -> tuple[tuple[str, ...], str, str]:
    """Return the keys and arguments of `snapshot.lua`."""
    keys = board_keys(board.name)
    names = " ".join(board.counted_names)
    return _check_keys(keys)[:-1], str(GROUPS_READ * board.shown), names


def _check_keys(keys: BoardKeys) -> tuple[str, ...]:
    return (
        keys.meta,
        keys.totals,
        keys.ledger,
        keys.groups,
        keys.timeline,
        keys.ticker,
        keys.milestones,
        keys.rejected,
        keys.recount,
        keys.ranks,
        keys.recent,
        keys.chain,
    )


def decode_standing(reply: list[Any]) -> Standing:
    """Return the reply of `check.lua` as a `Standing`."""
    epoch, version, definition, server, verified_at, is_lost, counted_ms = reply[:7]
    chain_epoch, chain_server, reason, since_ms, now_ms, stale_before = reply[7:]
    return Standing(
        _to_text(epoch),
        _to_integer(version) or 0,
        _to_text(definition),
        _to_text(server),
        _to_text(verified_at),
        bool(is_lost),
        _to_integer(counted_ms),
        _to_text(chain_epoch),
        _to_text(chain_server),
        _to_text(reason),
        _to_integer(since_ms),
        int(now_ms),
        _to_integer(stale_before),
    )


def _to_text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def _to_integer(value: bytes | None) -> int | None:
    """Return an integer; None also for an invalid value, so that the reader reads everything."""
    try:
        return None if value is None else int(value)
    except ValueError:
        return None
