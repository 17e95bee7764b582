"""Encodes changes as the argument of `apply.lua`: the newest of each item, in JSON columns."""

import json
import os
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from aggregates.board import Board, Goal
from aggregates.contribution import (
    Contribution,
    Rejected,
    contribution_reader,
)
from aggregates.item import Image
from aggregates.message import format_time
from aggregates.outliers import Outlier, find_outlier_bounds
from aggregates.schema import SCHEMA
from aggregates.shown import shown_attributes
from aggregates.steps import limit_points, list_steps

# A sequence number is sent and kept as three digits in base 2^48: a Lua number holds each exactly.
_DIGIT_BITS = 48
_DIGIT_MASK = (1 << _DIGIT_BITS) - 1
MAX_SEQUENCE = (1 << 3 * _DIGIT_BITS) - 1

# A batch with older records than this says when each was made: a read of the table may already
# include them.
_RECENT_SECONDS = 30.0
# How far this machine's clock may be behind the clock that dated a change. A time further ahead is
# ignored.
_AHEAD_SECONDS = 300.0

# Values in the column `groups` for a row without a group.
_REMOVED = 0
_REJECTED = -1


class Change(NamedTuple):
    """One item after a change: its image, or None when it was removed.

    `key` identifies the item in its table. `sequence` orders the changes of one stream. `created`
    is when the change was made (seconds since 1970), None if unknown. `problem` says why the item
    cannot be counted if the record itself is faulty. `keys` has the key attributes if the change
    came from a stream record.
    """

    key: str
    sequence: int
    image: Image | None
    created: float | None = None
    problem: str | None = None
    keys: Image | None = None


class Rejection(NamedTuple):
    """The key of an item that cannot be counted, and the reason.

    `reason` quotes only attributes that the board lists, so it may be logged and shown.
    """

    key: str
    reason: str


class PagePlace(NamedTuple):
    """A page's place in its reconcile run: the cursor in `field` moves from `start` to `end`.

    `owner` is the run's owner.
    """

    owner: str
    field: str
    start: str
    end: str


class Batch(NamedTuple):
    """An encoded batch: `text` is the argument of `apply.lua`.

    `outliers` are counted, but their time is probably a mistake.
    """

    text: str
    rejections: list[Rejection]
    outliers: list[Outlier]


def encode_goal(goal: Goal) -> dict[str, Any]:
    """Return a goal in the form the scripts expect: its measure, and its steps as text."""
    return {"measure": goal.measure, "steps": [str(step) for step in goal.steps_minor]}


def _keep_newest(changes: Iterable[Change]) -> list[Change]:
    """Return each item's last change."""
    newest: dict[str, Change] = {}
    for change in changes:
        other = newest.get(change.key)
        if other is None or change.sequence >= other.sequence:
            newest[change.key] = change
    return list(newest.values())


class BatchEncoder:
    """Encodes batches for one board."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._read = contribution_reader(board)
        self._head: dict[str, Any] = {
            "schema": SCHEMA,
            "board": board.name,
            "definition": board.definition,
            "measures": board.counted_names[1:],
            "rank": board.rank_measure,
        }
        if board.bucket_seconds is not None:
            self._head["bucket_seconds"] = board.bucket_seconds
            self._head["steps"] = list_steps(board.bucket_seconds)
            self._head["most_points"] = limit_points(len(board.counted_names))
        if board.ticker is not None:
            self._head["ticker_capacity"] = board.ticker.capacity
        if board.goal is not None:
            self._head["goal"] = encode_goal(board.goal)

    def encode_stream(self, changes: Sequence[Change], *, stream_ms: int) -> Batch:
        """Return the batch of changes from a stream made at `stream_ms` (ms since 1970).

        Sequence numbers must be at most `MAX_SEQUENCE`.
        """
        now = time.time()
        origin: dict[str, Any] = {"stream": stream_ms}
        latest = now + _AHEAD_SECONDS
        times = [c.created for c in changes if c.created is not None and c.created <= latest]
        if times:
            origin["created"] = format_time(datetime.fromtimestamp(max(times), UTC))
        rows = _keep_newest(changes)
        if times and now - min(times) > _RECENT_SECONDS:
            origin["created_seconds"] = [
                int(now if c.created is None or c.created > latest else c.created) for c in rows
            ]
        return self._encode(rows, origin)

    def encode_page(
        self, changes: Sequence[Change], *, guard_version: int, place: PagePlace
    ) -> Batch:
        """Return the batch for a page of the table, read with strong consistency.

        `guard_version` is the board's version before that read: items changed since stay as they
        are.
        """
        page = place._asdict() | {"items": sum(change.image is not None for change in changes)}
        origin = {"guard_version": guard_version, "page": page}
        return self._encode(_keep_newest(changes), origin)

    def _encode(self, rows: list[Change], origin: dict[str, Any]) -> Batch:
        read, listed = self._read, self._board.listed
        group_numbers: dict[str, int] = {}
        groups, times, values = [], [], []
        counted: list[tuple[int, str, int, Contribution]] = []
        reasons: dict[str, str] = {}
        rejections, outliers = [], []
        now = time.time()
        at = format_time(datetime.fromtimestamp(now, UTC))
        earliest_ms, latest_ms = find_outlier_bounds(self._board, now)
        empty = (0,) * (len(self._board.counted_names) - 1)
        for row, (key, _, image, _, problem, _) in enumerate(rows, 1):
            group, time_ms, minors = _REMOVED, 0, empty
            if image is not None:
                try:
                    if problem is not None:
                        raise Rejected("", problem)
                    contribution = read(image)
                except Rejected as error:
                    group = _REJECTED
                    reason = error.describe(listed)
                    reasons[str(row)] = json.dumps({"reason": reason, "at": at})
                    rejections.append(Rejection(key, reason))
                else:
                    # An item outside the board is treated like a removed one.
                    if contribution is not None:
                        name, time_ms = contribution.group, contribution.time_ms
                        minors = contribution.counted
                        group = group_numbers.setdefault(name, len(group_numbers) + 1)
                        counted.append((time_ms, key, row, contribution))
                        if not earliest_ms <= time_ms <= latest_ms:
                            outliers.append(Outlier(key, time_ms))
            groups.append(group)
            times.append(time_ms)
            values.append(minors)

        sequences = [change.sequence for change in rows]
        batch = {
            **self._head,
            **origin,
            "epoch": os.urandom(8).hex(),
            "at": at,
            "at_seconds": int(now),
            "group_names": list(group_numbers),
            "keys": [change.key for change in rows],
            "middle": [sequence >> _DIGIT_BITS & _DIGIT_MASK for sequence in sequences],
            "low": [sequence & _DIGIT_MASK for sequence in sequences],
            "groups": groups,
            "times": times,
            "values": list(zip(*values, strict=True)),
            "reasons": reasons,
            **self._shown(rows, counted),
        }
        if max(sequences, default=0) >> 2 * _DIGIT_BITS:
            batch["high"] = [sequence >> 2 * _DIGIT_BITS for sequence in sequences]
        text = json.dumps(batch, ensure_ascii=False)
        return Batch(text, rejections, outliers)

    def _shown(
        self, rows: list[Change], counted: list[tuple[int, str, int, Contribution]]
    ) -> dict[str, Any]:
        """Return the ticker's columns: the batch's newest items, as many as the ticker holds.

        Items that the board does not show are False, and do not count towards that number.
        """
        shown_rows: list[int] = []
        shown: list[str | bool] = []
        ticker = self._board.ticker
        if ticker is not None:
            places = ticker.capacity
            # Items dated in the future are shown as of now, and do not push the others out.
            now_ms = int(time.time() * 1000)
            counted.sort(key=lambda item: (min(item[0], now_ms), item[1]), reverse=True)
            for _, _, row, contribution in counted:
                if places == 0 and ticker.least_minor is None:
                    break
                image = rows[row - 1].image
                assert image is not None
                attributes = shown_attributes(self._board, image, contribution)
                if attributes is None:
                    shown_rows.append(row)
                    shown.append(False)
                elif places:
                    places -= 1
                    shown_rows.append(row)
                    shown.append(json.dumps(attributes, ensure_ascii=False))
        return {"shown_rows": shown_rows, "shown": shown}
