"""What Tiltify says of a donation: by its webhook, and by the list of a campaign's donations.

`order` is the time at which Tiltify said it, in microseconds. A webhook has `generated_at`. A row
of a list has no time of its own change, but it is the donation of the moment in which it was asked
for: so that moment is its order, taken before the question. It is a look (`is_look`): a row that
says what is known changes nothing, whatever its order; what differs is newer than every webhook
generated before the question, and older than one generated after it. A wrong clock of ours could
turn two changes of the same minutes around until the next look; more than 5 minutes are noticed
at once, since every webhook is refused then.

No refund is ever told (the API has no field for one): the crew takes such a donation back.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from intake.donation_state import Charge, ChargeStatus, DonationState, Text
from intake.payload import (
    find,
    read,
    read_currency,
    read_id,
    read_minor,
    read_time,
    read_words,
)
from intake.request import DonationUpdate

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
# The source of the dashboard's test button.
_TEST_ID = "00000000-0000-0000-0000-000000000000"


def read_event(payload: Mapping[str, Any], *, is_test: bool) -> DonationUpdate | str:
    """Return what a webhook says of a donation, or why it says nothing that counts.

    A donation to a team's member comes as `direct` to the one and `indirect` to the other, with the
    same id, so that it counts once. Raises `Unreadable`.
    """
    kind = read(payload, "meta.event_type", str)
    if kind.rpartition(":")[2] != "donation_updated":
        return f"{kind[:60]} is of no interest"
    is_from_test = (
        find(payload, "meta.subscription_source_type") == "test"
        or find(payload, "meta.subscription_source_id") == _TEST_ID
    )
    if is_from_test != is_test:
        return f"{'real' if is_test else 'test'} money, and the source is not for that"
    generated_at = read_time(payload, "meta.generated_at")
    return read_donation(read(payload, "data", dict), generated_at)


def read_donation(
    donation: Mapping[str, Any], told_at: datetime, *, is_look: bool = False
) -> DonationUpdate:
    """Return what was said of a donation at a time; raise `Unreadable`.

    Matches (`donation_matches`) are donations of their own once they are paid.
    """
    order = (told_at - _1970) // timedelta(microseconds=1)
    is_paid = find(donation, "completed_at") is not None
    code = read_currency(donation, "amount.currency")
    charge = Charge(
        order,
        ChargeStatus.SUCCEEDED if is_paid else ChargeStatus.PENDING,
        read_minor(donation, "amount.value", code),
        code,
        read_time(donation, "completed_at" if is_paid else "created_at"),
    )
    name = read_words(donation, "donor_name")
    # Also a name that Tiltify's moderators took away; it replaces the name that was there.
    name = "" if name.casefold() == "anonymous" else name
    comment = read_words(donation, "donor_comment")
    texts = {"name": Text(order, name), "comment": Text(order, comment)}
    state = DonationState(charge=charge, texts=texts, is_admitted=True)
    return DonationUpdate(f"tiltify:{read_id(donation, 'id')}", state, is_look=is_look)
