"""What an event of Stripe says of a donation: the same by a webhook and by the list of events.

Amounts are those of charges, each refund and each dispute by its own id. `charge.refunded` tells
the same refunds again, as one sum, so it is not read. A refund is in its charge's currency, a
dispute may be in another one (https://docs.stripe.com/api/disputes/object).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.donation_state import Charge, ChargeStatus, Deduction, DonationState, Step
from intake.errors import Unreadable
from intake.payload import find, read, read_currency, read_id, read_time
from intake.providers.stripe.admission import Admission
from intake.providers.stripe.amounts import read_amount
from intake.providers.stripe.references import read_donation_id
from intake.providers.stripe.texts import TextFields, read_charge_texts, read_session_texts
from intake.request import DonationUpdate
from intake.source import Source

# A session's amount counts until its charge has told the same: some have Stripe send sessions only.
_OF_SESSION, _OF_CHARGE = -1, 0

_REFUND_STEPS = {
    "pending": Step.OPEN,
    "requires_action": Step.OPEN,
    "succeeded": Step.TAKEN,
    "failed": Step.RETURNED,
    "canceled": Step.RETURNED,
}
_DISPUTE_STEPS = {
    "charge.dispute.funds_withdrawn": Step.TAKEN,
    "charge.dispute.funds_reinstated": Step.RETURNED,
}
_OUTCOMES = {"lost": Step.TAKEN, "won": Step.RETURNED}
_SESSION_STATUSES = {"paid": ChargeStatus.SUCCEEDED, "unpaid": ChargeStatus.PENDING}


@dataclass(frozen=True)
class EventReader:
    """Reads events for one source."""

    source: Source
    admission: Admission
    fields: TextFields

    def read(self, event: Mapping[str, Any]) -> DonationUpdate | str:
        """Return what an event says of a donation, or why it says nothing that counts.

        Raises `Unreadable`.
        """
        kind = read(event, "type", str)
        if kind == "charge.refunded":
            return "charge.refunded is not read; have Stripe send refund.created, .updated, .failed"
        if kind not in EVENT_TYPES:
            return f"{kind[:60]} is of no interest"
        if read(event, "livemode", bool) == self.source.is_test:
            mode = "live" if self.source.is_test else "test"
            return f"{mode} money, and the source is not for that"
        thing = read(event, "data.object", dict)
        return EVENT_TYPES[kind](self, event, thing)

    def _read_charge(self, event: Mapping[str, Any], charge: Any) -> DonationUpdate | str:
        code = read_currency(charge, "currency")
        status, path = _read_charge_status(charge), "amount"
        if status == ChargeStatus.SUCCEEDED and not _is_rest_refunded(event):
            path = "amount_captured"
        amount, at = read_amount(charge, path, code), read_time(charge, "created")
        return self._tell(
            read_donation_id(charge, "id"),
            charge=Charge(_OF_CHARGE, status, amount, code, at),
            texts=read_charge_texts(charge, self.fields),
            is_admitted=self.admission.admits(charge),
        )

    def _read_session(self, event: Mapping[str, Any], session: Any) -> DonationUpdate | str:
        name = read_donation_id(session, "payment_intent")
        if not name:
            return "a checkout without a payment; a subscription is counted by its charges"
        paid = read(session, "payment_status", str)
        if paid == "no_payment_required":
            return "a checkout of nothing"
        if paid not in _SESSION_STATUSES:
            raise Unreadable(f"payment_status is {paid[:60]!r}")
        status = _SESSION_STATUSES[paid]
        if event["type"] == "checkout.session.async_payment_failed":
            status = ChargeStatus.FAILED
        code = read_currency(session, "currency")
        amount, at = read_amount(session, "amount_total", code), read_time(event, "created")
        return self._tell(
            name,
            charge=Charge(_OF_SESSION, status, amount, code, at),
            texts=read_session_texts(session, self.fields),
            is_admitted=self.admission.admits(session),
        )

    def _read_refund(self, _: Any, refund: Any) -> DonationUpdate | str:
        status = read(refund, "status", str)
        if status not in _REFUND_STEPS:
            raise Unreadable(f"status is {status[:60]!r}")
        return self._deduct("refund", refund, _REFUND_STEPS[status])

    def _read_dispute(self, event: Mapping[str, Any], dispute: Any) -> DonationUpdate | str:
        outcome = _OUTCOMES.get(read(dispute, "status", str), Step.OPEN)
        return self._deduct("dispute", dispute, _DISPUTE_STEPS.get(event["type"], outcome))

    def _deduct(self, what: str, thing: Any, step: Step) -> DonationUpdate | str:
        name = read_donation_id(thing, "charge")
        if not name:
            return f"a {what} of no payment"
        code = read_currency(thing, "currency")
        deduction = Deduction(step, read_amount(thing, "amount", code), code)
        # Metadata of its own says nothing of the payment.
        return self._tell(
            name,
            deductions={f"{what}:{read_id(thing, 'id')}": deduction},
            is_admitted=self.admission.admits_all,
        )

    def _tell(self, name: str, *, is_admitted: bool, **told: Any) -> DonationUpdate:
        is_chosen = is_admitted and not self.admission.admits_all
        platform = self.source.platform if is_chosen else ""
        return DonationUpdate(
            name, DonationState(is_admitted=is_admitted, platform=platform, **told)
        )


def _read_charge_status(charge: Any) -> ChargeStatus:
    status = read(charge, "status", str)
    if status == "succeeded":
        # `paid` is true for an amount that is only reserved, too.
        is_captured = read(charge, "captured", bool)
        return ChargeStatus.SUCCEEDED if is_captured else ChargeStatus.PENDING
    if status not in ("pending", "failed"):
        raise Unreadable(f"status is {status[:60]!r}")
    return ChargeStatus[status.upper()]


def _is_rest_refunded(event: Mapping[str, Any]) -> bool:
    """Return whether what was reserved and not captured is a refund of its own.

    It was until version 2025-03-31 of the API, where it is just not in `amount_captured`
    (https://docs.stripe.com/changelog/basil/2025-03-31).
    """
    version = find(event, "api_version")
    return not isinstance(version, str) or version < "2025-03-31"


_Read = Callable[[EventReader, Mapping[str, Any], Any], DonationUpdate | str]
# The events to have Stripe send; docs/intake.md lists them.
EVENT_TYPES: Mapping[str, _Read] = {
    "charge.succeeded": EventReader._read_charge,
    "charge.pending": EventReader._read_charge,
    "charge.failed": EventReader._read_charge,
    "charge.captured": EventReader._read_charge,
    "checkout.session.completed": EventReader._read_session,
    "checkout.session.async_payment_succeeded": EventReader._read_session,
    "checkout.session.async_payment_failed": EventReader._read_session,
    "refund.created": EventReader._read_refund,
    "refund.updated": EventReader._read_refund,
    "refund.failed": EventReader._read_refund,
    "charge.dispute.created": EventReader._read_dispute,
    "charge.dispute.updated": EventReader._read_dispute,
    "charge.dispute.closed": EventReader._read_dispute,
    "charge.dispute.funds_withdrawn": EventReader._read_dispute,
    "charge.dispute.funds_reinstated": EventReader._read_dispute,
}
