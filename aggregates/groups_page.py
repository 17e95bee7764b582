"""Reads a board's groups page by page, in order of rank, however many there are."""

import json
import re
from typing import Any, NamedTuple

from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.lua_script import AsyncClient, Script
from aggregates.message import MessageError, Sums
from aggregates.totals import drop_lines, quote

_SCORE = re.compile(r"-?\d{1,16}", re.ASCII)
_PAGE = Script("page", is_read_only=True)
_PLACE = Script("place", is_read_only=True)


class Placed(NamedTuple):
    """A group and its place, from 1.

    `drift` is what the last proof corrected, if the group is one of the most corrected ones.
    """

    group: str
    place: int
    totals: Sums
    drift: Sums


class GroupsPage(NamedTuple):
    """Some of the `group_count` groups of a board; `cursor` is where to resume, None at the end."""

    epoch: str | None
    version: int
    group_count: int
    groups: list[Placed]
    cursor: str | None


async def read_groups(client: AsyncClient, board: Board, cursor: str, limit: int) -> GroupsPage:
    """Return the groups after a cursor; an empty cursor starts with the first.

    A group whose value changes between two pages may be on both, or on neither. Raises ValueError
    for an invalid cursor, `MessageError` if Redis holds something that our scripts do not write.
    """
    score, _, group = cursor.partition(":")
    if cursor and not _SCORE.fullmatch(score):
        raise ValueError("the cursor is invalid")
    keys = board_keys(board.name)
    reply = await _PAGE.run_async(
        client,
        (keys.meta, keys.totals, keys.ranks),
        score,
        group,
        str(limit),
        " ".join(board.measure_names),
    )
    page = _to_page(board, reply)
    is_last = reply[0] + len(page.groups) >= page.group_count
    rows = reply[5]
    last = len(rows) - 2 - len(board.measure_names)
    cursor_after = None if is_last else f"{rows[last + 1].decode()}:{rows[last].decode()}"
    return page._replace(cursor=cursor_after)


async def read_group(client: AsyncClient, board: Board, group: str) -> GroupsPage:
    """Return a page with the one group of that name; without a group if there is none."""
    keys = board_keys(board.name)
    names = " ".join(board.measure_names)
    reply = await _PLACE.run_async(client, (keys.meta, keys.totals, keys.ranks), group, names)
    if reply[0] is None:
        reply[5] = []
    return _to_page(board, reply)


def _to_page(board: Board, reply: list[Any]) -> GroupsPage:
    before, count, epoch, version, drift_text, rows = reply
    names = board.measure_names
    try:
        drift = json.loads(drift_text or b"{}")
        groups: list[Placed] = []
        for first in range(0, len(rows), 2 + len(names)):
            name, _, *values = rows[first : first + 2 + len(names)]
            found = zip(names, values, strict=True)
            totals = {measure: int(value) for measure, value in found if value is not None}
            group = name.decode()
            changed = drop_lines(drift.get(group, {}))
            groups.append(Placed(group, before + len(groups) + 1, totals, changed))
        return GroupsPage(
            None if epoch is None else epoch.decode(), int(version or 0), count, groups, None
        )
    except (ValueError, AttributeError, RecursionError) as error:
        raise MessageError(f"the groups cannot be read: {quote(str(error))}") from error
