"""Turns an item into a contribution: what it adds to its board's totals."""

from collections.abc import Callable
from typing import NamedTuple

from aggregates.amount import amount_reader
from aggregates.board import Board
from aggregates.groups import MAX_GROUP_CHARACTERS as MAX_GROUP_CHARACTERS
from aggregates.groups import group_reader
from aggregates.item import Image
from aggregates.moment import moment_reader
from aggregates.rejected import Rejected as Rejected
from aggregates.where import where_reader

# Raised while reading an item that does not have DynamoDB's form.
_MALFORMED = (AttributeError, TypeError, ValueError, ArithmeticError, LookupError)


class Contribution(NamedTuple):
    """An item's part of the totals: one in `group`, and `values` in minor units, one per measure.

    `time_ms` is milliseconds since 1970 in UTC, 0 on a board without a time.
    """

    group: str
    time_ms: int
    values: tuple[int, ...]


# Returns None for an item outside the board, which is not an error. Raises `Rejected` for an item
# that should count and cannot.
ContributionReader = Callable[[Image], Contribution | None]


def contribution_reader(board: Board) -> ContributionReader:
    """Return the function that reads a board's contribution from an item's image.

    It reads only attributes that the board names. Conditions are checked first: other kinds of
    items in the table may lack the attributes that the board counts.
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
            # DynamoDB never sends this; a test event, an adapter or a redrive can.
            raise Rejected(
                "", f"the item does not have DynamoDB's form ({type(error).__name__})"
            ) from error

    return read
