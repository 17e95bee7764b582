"""Item to contribution: what one item of the table adds to its board's totals."""

from collections.abc import Callable
from typing import Any, NamedTuple

from aggregates.amount import amount_reader
from aggregates.attribute import find, read_type, split_path
from aggregates.board import Board
from aggregates.groups import MAX_GROUP_CHARACTERS as MAX_GROUP_CHARACTERS
from aggregates.groups import group_reader
from aggregates.item import Image
from aggregates.moment import moment_reader
from aggregates.rejected import Rejected as Rejected
from aggregates.where import where_reader

# Of a longer text the ticker shows the beginning: an item may have 400 KB.
MAX_SHOWN_CHARACTERS = 200

# What reading something raises that is not shaped as DynamoDB has it.
_MALFORMED = (AttributeError, TypeError, ValueError, ArithmeticError, LookupError)


class Contribution(NamedTuple):
    """What an item counts for: once in `group`, and `values` in minor units, one per measure.

    `time_ms` is milliseconds since 1970 in UTC, 0 on a board without a time.
    """

    group: str
    time_ms: int
    values: tuple[int, ...]


# Returns None for an item that is outside the board: it counts for nothing and is no error. Raises
# `Rejected` for one that should count and cannot.
ContributionReader = Callable[[Image], Contribution | None]


def contribution_reader(board: Board) -> ContributionReader:
    """Return the function that reads a board's contribution from an item's image.

    It looks at no attribute but those the board names. Conditions come first: other kinds of items
    in the table may have none of the attributes that the board counts.
    """
    meets = where_reader(board.where)
    read_moment = moment_reader(board)
    read_group = group_reader(board.group_by, board.groups)
    amounts = [amount_reader(measure, board.currency) for measure in board.measures]
    from_ms, until_ms = board.period or (None, None)
    has_period = board.period is not None

    def is_in_period(time_ms: int) -> bool:
        return (from_ms is None or from_ms <= time_ms) and (until_ms is None or time_ms < until_ms)

    def read(image: Image) -> Contribution | None:
        try:
            if meets is not None and not meets(image):
                return None
            time_ms = read_moment(image)
            if has_period and not is_in_period(time_ms):
                return None
            group = read_group(image)
            if group is None:
                return None
            return Contribution(group, time_ms, tuple([amount(image) for amount in amounts]))
        except Rejected:
            raise
        except _MALFORMED as error:
            # DynamoDB sends no such thing; a test event, an adapter or a redrive can.
            raise Rejected(
                "", f"the item is not shaped as DynamoDB has it ({type(error).__name__})"
            ) from error

    return read


def shown_attributes(board: Board, image: Image, contribution: Contribution) -> dict[str, Any]:
    """Return the attributes of an item that the ticker shows, as JSON values.

    An attribute that a measure sums is an integer of minor units, another number is text as
    DynamoDB has it. The attribute that groups is the group that the item counts in. Only text,
    numbers and booleans are shown, and only what the board lists.
    """
    assert board.ticker is not None
    minor = {m.attribute: v for m, v in zip(board.measures, contribution.values, strict=True)}
    shown: dict[str, Any] = {}
    for name in board.ticker.attributes:
        if name in minor:
            shown[name] = minor[name]
            continue
        if name == board.group_by:
            shown[name] = contribution.group
            continue
        kind, value = _read_shown(image, name)
        if kind == "S":
            text = str(value)
            long = len(text) > MAX_SHOWN_CHARACTERS
            shown[name] = _encodable(text[: MAX_SHOWN_CHARACTERS - 1] + "…" if long else text)
        elif kind == "N":
            shown[name] = _encodable(str(value)[:MAX_SHOWN_CHARACTERS])
        elif kind == "BOOL":
            shown[name] = bool(value)
    return shown


def _read_shown(image: Image, name: str) -> tuple[str, Any]:
    try:
        return read_type(find(image, name, split_path(name)))
    except _MALFORMED:
        return "", None


def _encodable(text: str) -> str:
    """Return text without lone surrogates, which no JSON in UTF-8 can have."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
