"""States of donations as tests need them."""

from intake.donation_state import Charge, ChargeStatus, DonationState, Text
from tests.intake.histories import MOMENT


def see(order: int, amount: int, status: ChargeStatus = ChargeStatus.SUCCEEDED) -> DonationState:
    charge = Charge(order, status, amount, "USD", MOMENT)
    return DonationState(charge=charge, texts={"name": Text(order, "Ada")}, is_admitted=True)
