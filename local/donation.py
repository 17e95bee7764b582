"""A donation, and the item it is in a board's table."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from aggregates.board import Board
from aggregates.contribution import Rejected, contribution_reader
from aggregates.message import format_time
from local.errors import LocalError

# An item as DynamoDB takes it: attribute name → {type: value}.
Item = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Donation:
    """One donation. `amount_minor` is in the minor units of the board's measures."""

    donation_id: str
    email: str
    donated_at: datetime
    platform: str
    amount_minor: int


def takes_donations(board: Board) -> bool:
    """Return whether a donation makes an item of a board: one key attribute, one sum at most."""
    return len(board.key) == 1 and len(board.measures) <= 1


def to_item(board: Board, donation: Donation) -> Item:
    """Return a donation under the names the board's file gives its attributes.

    Raises `LocalError` for a board that does not count donations, or would not count this one.
    """
    if not takes_donations(board):
        raise LocalError(
            f"the board {board.name} counts no donations: it needs one key attribute and at most"
            " one measure; name another board: BOARD=fundraiser"
        )
    item: Item = {
        board.key[0]: {"S": donation.donation_id},
        "email": {"S": donation.email},
        board.group_by: {"S": donation.platform},
    }
    if board.time is not None:
        item[board.time] = {"S": format_time(donation.donated_at)}
    for measure in board.measures:
        amount = Decimal(donation.amount_minor).scaleb(-measure.unit.exponent)
        item[measure.attribute] = {"N": f"{amount:f}"}
    try:
        contribution_reader(board)(item)
    except Rejected as error:
        raise LocalError(f"the board {board.name} would not count this donation: {error}") from None
    return item
