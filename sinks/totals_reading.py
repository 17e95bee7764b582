"""Reads all groups of a board, however many, at versions that a screen may show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from redis.asyncio import Redis

from aggregates.board import ALL, Board
from aggregates.groups_page import GroupsPage, read_group, read_groups
from aggregates.message import Proof, Sums
from aggregates.server_id import find_server_id
from webapp.board_state import BoardState
from webapp.standings import read_standings

_PAGE_GROUPS = 1_000


class MovedError(Exception):
    """Redis holds something else than the screens show; read again later."""


class Shown(NamedTuple):
    """What a screen shows at one moment: a state goes on changing.

    `totals` are those of the groups that are shown, of `group_count` groups.
    """

    epoch: str
    version: int
    proof: Proof
    whole: Sums
    totals: Mapping[str, Sums]
    group_count: int


def read_shown(state: BoardState) -> Shown:
    """Return what a proven state shows."""
    assert state.proof is not None
    told = state.snapshot_json(0)
    totals = dict(told["totals"])
    whole = totals.pop(ALL)
    count = told["groups"]["count"]
    return Shown(state.epoch, state.version, state.proof, whole, totals, count)


@dataclass
class AllGroups:
    """All groups, each with the version at which it had its sums; `gone` are those without items.

    `version` is the highest of all.
    """

    version: int
    sums: dict[str, tuple[int, Sums]] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)


async def read_all_groups(
    redis: Redis, board: Board, shown: Shown, known: Iterable[str]
) -> AllGroups:
    """Return all groups at the shown version or later ones; `gone` are of those in `known`.

    Raises `MovedError` unless Redis holds what screens show, and errors of Redis.
    """
    found = AllGroups(shown.version)
    if shown.group_count == len(shown.totals):
        found.sums = {group: (shown.version, sums) for group, sums in shown.totals.items()}
        found.gone = dict.fromkeys(set(known) - found.sums.keys(), shown.version)
        return found
    cursor: str | None = ""
    # Groups that change meanwhile may come again, so there may be more pages than groups fill.
    for _ in range(2 * shown.group_count // _PAGE_GROUPS + 10):
        if cursor is None:
            break
        page = await read_groups(redis, board, cursor, _PAGE_GROUPS)
        _take(found, page, shown)
        cursor = page.cursor
    if cursor is not None:
        raise MovedError("the groups change faster than they are read")
    # A group whose value changes between two pages may be on neither.
    for group in set(known) - found.sums.keys():
        page = await read_group(redis, board, group)
        _take(found, page, shown)
        if not page.groups:
            found.gone[group] = page.version
    await _require_sound(redis, board, shown, found.version)
    return found


def _take(found: AllGroups, page: GroupsPage, shown: Shown) -> None:
    """Take a page's groups."""
    if page.epoch != shown.epoch or page.version < shown.version:
        raise MovedError("Redis holds another state than the screens show")
    found.version = max(found.version, page.version)
    for placed in page.groups:
        found.sums[placed.group] = page.version, placed.totals


async def _require_sound(redis: Redis, board: Board, shown: Shown, version: int) -> None:
    """Check that nothing was lost while the pages were read."""
    standing, info, *_ = (await read_standings(redis, [board.name]))[board.name]
    if isinstance(standing, Exception):
        raise standing
    is_sound = (
        not standing.is_lost
        and (standing.epoch, standing.definition) == (shown.epoch, board.definition)
        and standing.version >= version
        and shown.proof.server == find_server_id(info)
    )
    if not is_sound:
        raise MovedError("Redis may have lost data")
