"""A donation, and its conversion to and from an item of a board's table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aggregates.attribute import find, split_path
from aggregates.board import Board
from aggregates.contribution import Rejected, contribution_reader
from aggregates.units import currency
from donations.errors import DonationError
from donations.item import Item as Item
from donations.item import ItemMaker, Parts, find_money_unit, read_amount_minor, value_text


@dataclass(frozen=True)
class Donation:
    """One donation.

    `amount_minor` is in minor units of `currency`, an ISO 4217 code; None means the board's unit.
    `attributes` are the item's other texts by attribute name, such as a name or a comment.
    """

    donation_id: str
    donated_at: datetime
    platform: str
    amount_minor: int
    email: str = ""
    currency: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


def takes_donations(board: Board) -> bool:
    """Return whether a board can take donations: one key attribute and at most one measure."""
    return len(board.key) == 1 and len(board.measures) <= 1


def to_item(board: Board, donation: Donation) -> Item:
    """Return a donation as an item, with the attribute names of the board's file.

    Raises `DonationError` if the board cannot take donations or would not count this one.
    """
    _require_donations(board)
    attributes = dict(donation.attributes)
    if donation.email:
        attributes.setdefault("email", donation.email)
    return ItemMaker(board).make_counted(
        Parts(
            key=(donation.donation_id,),
            moment=donation.donated_at,
            group=donation.platform,
            amounts_minor=(donation.amount_minor,) if board.measures else (),
            currency=donation.currency,
            attributes=attributes,
        )
    )


def from_item(board: Board, item: Mapping[str, Mapping[str, Any]]) -> Donation | None:
    """Return an item as a donation; None if the board leaves it out.

    The time is in UTC, and 1970 on a board without a time. Raises `DonationError` if the board
    cannot count the item.
    """
    _require_donations(board)
    try:
        counted = contribution_reader(board)(item)
    except Rejected as error:
        raise DonationError(f"the board {board.name} cannot count the item: {error}") from None
    if counted is None:
        return None
    code = None
    if board.currency is not None:
        code = value_text(
            find(item, board.currency.attribute, split_path(board.currency.attribute))
        )
        code = code.strip().upper() if code else None
    amount_minor = 0
    for measure in board.measures:
        attribute = find(item, measure.attribute, split_path(measure.attribute))
        unit = currency(code) if code and measure.unit.name else measure.unit
        amount_minor = read_amount_minor(attribute, measure, unit)
    taken = {*board.key, board.time, board.group_by, "email"}
    taken |= {measure.attribute for measure in board.measures}
    taken |= {board.currency.attribute} if board.currency else set()
    return Donation(
        donation_id=value_text(item[board.key[0]]) or "",
        donated_at=datetime.fromtimestamp(counted.time_ms / 1000, UTC),
        platform=counted.group,
        amount_minor=amount_minor,
        email=value_text(item.get("email")) or "",
        currency=None if code == find_money_unit(board).name else code,
        attributes={
            name: str(value["S"])
            for name, value in item.items()
            if name not in taken and "S" in value
        },
    )


def _require_donations(board: Board) -> None:
    if not takes_donations(board):
        raise DonationError(
            f"the board {board.name} cannot take donations: it needs one key attribute and at most"
            " one measure; name another board: BOARD=fundraiser"
        )
