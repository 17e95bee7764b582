"""Reads a row of DonorDrive's list: a donation, or why it cannot be counted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from intake.donation_state import Charge, ChargeStatus, DonationState, Text
from intake.errors import Unreadable
from intake.payload import find, read, read_id, read_minor, read_time, read_words
from intake.request import DonationUpdate

HIDDEN = "hidden"
UNREADABLE = "unreadable"


class Row(NamedTuple):
    """A row as read; `donation_id` is empty where the row has none.

    `update` is None where nothing is to be counted, and `problem` why, where that is none of the
    organizers' choices. Rows of equal `digest` say the same.
    """

    donation_id: str
    update: DonationUpdate | None = None
    problem: str = ""
    digest: int = 0


class RowReader:
    """Reads the rows of one program, such as `extra-life.org`."""

    def __init__(self, program: str, *, counts_fees: bool) -> None:
        self._program, self._counts_fees = program, counts_fees

    def name(self, row: Any) -> str:
        """Return the id that a row's donation has here; empty where the row has none.

        DonorDrive has left it out for days. To make one up would count the donation twice later.
        """
        try:
            return f"donordrive:{self._program}:{read_id(row, 'donationID')}"
        except Unreadable:
            return ""

    def read(self, row: Any, currency: str, now: datetime) -> Row:
        name = self.name(row)
        if not name:
            return Row("")
        if find(row, "isRegFee") is True and not self._counts_fees:
            return Row(name)
        if find(row, "amount") is None:
            return Row(name, problem=HIDDEN)
        try:
            state = _read_state(row, currency, now)
        except Unreadable:
            return Row(name, problem=UNREADABLE)
        assert state.charge is not None
        said = (
            state.charge.amount_minor,
            state.charge.at,
            *(t.value for t in state.texts.values()),
        )
        return Row(name, DonationUpdate(name, state, is_look=True), digest=hash(said))


def make_gone(donation_id: str, currency: str, now: datetime) -> DonationUpdate:
    """Return what is told of a donation that the list no longer has."""
    charge = Charge(_count_ms(now), ChargeStatus.GONE, 0, currency, now)
    return DonationUpdate(donation_id, DonationState(charge=charge), is_look=True)


def _read_state(row: Mapping[str, Any], currency: str, now: datetime) -> DonationState:
    order = _count_ms(now)
    charge = Charge(
        # The list has no versions: the newest look at it is right.
        order=order,
        status=ChargeStatus.SUCCEEDED,
        amount_minor=read_minor(row, "amount", currency),
        currency=currency,
        at=read_time({"at": read(row, "createdDateUTC", str)}, "at"),
    )
    # A name that is gone is told, too: a donor may become anonymous.
    words = {"name": read_words(row, "displayName"), "comment": read_words(row, "message")}
    texts = {kind: Text(order, text) for kind, text in words.items()}
    return DonationState(charge=charge, texts=texts, is_admitted=True)


def _count_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
