"""Turns items into rows: what the board counts of them, and all else that they have."""

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from aggregates.attribute import find, split_path
from aggregates.board import Board, Measure
from aggregates.contribution import contribution_reader
from aggregates.item import Image, read_key
from aggregates.rejected import Rejected
from sinks.column_names import name_column
from sinks.plain_item import read_columns, write_item

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A row in JSON, as the engine takes it: see `RowMaker.make`.
Row = dict[str, Any]


class RowMaker:
    """Makes the rows of a board; what is `hidden` never leaves this object."""

    def __init__(self, board: Board, hidden: Collection[str] = ()) -> None:
        self._board, self._hidden = board, frozenset(hidden)
        self._read = contribution_reader(board)
        names = [board.group_by, *([board.time] if board.time else [])]
        self._attributes = names + [measure.attribute for measure in board.measures]
        self._paths = [split_path(name) for name in self._attributes]

    @property
    def own(self) -> list[dict[str, str]]:
        """The board's own columns: group, time and measures, by the board's own reader."""
        board = self._board
        columns = [(board.group_by, board.group_by, "VARCHAR")]
        if board.time:
            columns.append((board.time, board.time, "TIMESTAMP"))
        columns += [(one.name, one.attribute, _find_type(one)) for one in board.measures]
        taken: list[str] = []
        own = []
        for wanted, attribute, kind in columns:
            if not self._is_hidden(attribute):
                taken.append(name_column(wanted.replace(".", "_"), taken))
                own.append({"name": taken[-1], "attribute": attribute, "type": kind})
        return own

    @property
    def definition(self) -> str:
        """A hash of all that decides what the rows of an item are."""
        parts = [self._board.definition, self.own, sorted(self._hidden), self._board.time_zone]
        return sha256(json.dumps(parts, default=str).encode()).hexdigest()[:24]

    def key_of(self, keys: Image) -> str:
        """Return the text of an item's key; `keys` may have more than the key."""
        return read_key(keys, self._board.key)

    def make(self, image: Image) -> Row:
        """Return the row of an item.

        `own` has the values of the board's own columns as text, None where the board does not count
        the item. `odd` lists those that are None although the item has the attribute, because the
        board rejects the item. `more` has all top-level attributes: kind and text.
        """
        try:
            contribution = self._read(image)
            is_rejected = False
        except Rejected:
            contribution, is_rejected = None, True
        values: list[str | None] = [None] * len(self._attributes)
        if contribution is not None:
            values[0] = contribution.group
            place = 1
            if self._board.time:
                values[1], place = _format_time(contribution.time_ms), 2
            for minor, measure in zip(contribution.values, self._board.measures, strict=True):
                values[place] = f"{Decimal(minor).scaleb(-measure.unit.exponent):f}"
                place += 1
        shown = [not self._is_hidden(name) for name in self._attributes]
        odd = [
            name
            for name, path, is_shown in zip(self._attributes, self._paths, shown, strict=True)
            if is_rejected and is_shown and find(image, name, path) is not None
        ]
        return {
            "key": self.key_of(image),
            "item": write_item(image, self._hidden),
            "own": [value for value, is_shown in zip(values, shown, strict=True) if is_shown],
            "odd": odd,
            "more": read_columns(image, self._hidden),
        }

    def _is_hidden(self, attribute: str) -> bool:
        return attribute in self._hidden or attribute.partition(".")[0] in self._hidden


def _find_type(measure: Measure) -> str:
    # 18 digits hold the largest value that counts; a sum has 38.
    return f"DECIMAL(18,{measure.unit.exponent})"


def _format_time(time_ms: int) -> str:
    return (_EPOCH + timedelta(milliseconds=time_ms)).strftime("%Y-%m-%d %H:%M:%S.%f")
