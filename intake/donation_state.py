"""What is known of one donation: joined from all that its provider has told, in any order.

`join` is a semilattice: repeating an update, or exchanging two, ends in the same state. So a
webhook that comes twice, a refund before its charge and a sweep beside a webhook need no memory of
which messages were seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple, TypeVar


class ChargeStatus(IntEnum):
    """How far a payment is. Of two states with the same `order` the higher is the later one."""

    PENDING = 0
    FAILED = 1
    SUCCEEDED = 2
    # The provider no longer lists it.
    GONE = 3


class Step(IntEnum):
    """How far a deduction is; only a taken one is taken off. A higher step is a later one."""

    OPEN = 0
    TAKEN = 1
    RETURNED = 2


class Charge(NamedTuple):
    """What was given.

    `order` is the provider's own number for this version (0 where it has none); the highest is the
    newest. `amount_minor` is in minor units of `currency`, an ISO 4217 code in capitals. `at` is
    when it was given, in UTC. `platform` is empty for the source's own.
    """

    order: int
    status: ChargeStatus
    amount_minor: int
    currency: str
    at: datetime
    platform: str = ""


class Deduction(NamedTuple):
    """A refund or a dispute: how far it is, and its amount; "" is the charge's currency."""

    step: Step
    amount_minor: int
    currency: str = ""


class Text(NamedTuple):
    """What the donor wrote, such as a name; the highest `order` is the newest."""

    order: int
    value: str


_Newer = TypeVar("_Newer", Deduction, Text)


@dataclass(frozen=True)
class DonationState:
    """A donation, as far as it is known; an update of one has the same form.

    `deductions` are by an id such as `refund:re_1`, `texts` by the name of what they are, such as
    `name`. `is_admitted` is whether something told that the payment is one for this source, and not
    for a shop that shares its account. `platform` is that of the source that admitted it, where
    several share an account; empty for that of whichever source is told of it.
    """

    charge: Charge | None = None
    deductions: Mapping[str, Deduction] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)
    is_admitted: bool = False
    platform: str = ""

    @property
    def net_minor(self) -> int:
        """What counts now; 0 where nothing does."""
        if self.charge is None or self.charge.status != ChargeStatus.SUCCEEDED:
            return 0
        if not self.is_admitted or self.has_foreign_deduction:
            return 0
        taken = sum(deduction.amount_minor for deduction in self._list_taken())
        return max(self.charge.amount_minor - taken, 0)

    @property
    def has_foreign_deduction(self) -> bool:
        """Whether something is taken off in another currency than the charge's.

        It cannot be compared with the charge. It is nearly always of all of it, so nothing is left.
        """
        if self.charge is None:
            return False
        usual = ("", self.charge.currency)
        return any(deduction.currency not in usual for deduction in self._list_taken())

    def _list_taken(self) -> list[Deduction]:
        return [d for d in self.deductions.values() if d.step == Step.TAKEN]


def join(known: DonationState, told: DonationState) -> DonationState:
    """Return what is known after an update."""
    charges = [charge for charge in (known.charge, told.charge) if charge is not None]
    return DonationState(
        charge=max(charges, default=None),
        deductions=_join_maps(known.deductions, told.deductions),
        texts=_join_maps(known.texts, told.texts),
        is_admitted=known.is_admitted or told.is_admitted,
        platform=max(known.platform, told.platform),
    )


def follow(known: DonationState, seen: DonationState) -> DonationState:
    """Return what is known after a look at the provider's list, which is the donation of now.

    Only the one who sweeps a list may call this: its looks come one after the other. What is as it
    was known stays, whatever its order, so that a sweep that finds nothing new writes nothing.
    """
    charge, texts = seen.charge, dict(seen.texts)
    if charge and known.charge and charge._replace(order=0) == known.charge._replace(order=0):
        charge = known.charge
    for name, text in seen.texts.items():
        if name in known.texts and known.texts[name].value == text.value:
            texts[name] = known.texts[name]
    return join(known, replace(seen, charge=charge, texts=texts))


def _join_maps(known: Mapping[str, _Newer], told: Mapping[str, _Newer]) -> dict[str, _Newer]:
    joined = dict(known)
    for name, value in told.items():
        joined[name] = max(joined.get(name, value), value)
    return joined
