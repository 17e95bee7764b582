"""Random histories of a donation, as a provider would tell them, and what counts at their end."""

from datetime import UTC, datetime, timedelta
from random import Random

from intake.donation_state import Charge, ChargeStatus, Deduction, DonationState, Step, Text

MOMENT = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


def tell_history(random: Random) -> tuple[list[DonationState], int]:
    """Return all updates of a donation in the order of time, and its net amount in cents."""
    gross = random.randrange(100, 100_000)
    at = MOMENT + timedelta(seconds=random.randrange(3600))

    def charge(status: ChargeStatus) -> DonationState:
        return DonationState(charge=Charge(0, status, gross, "USD", at), is_admitted=True)

    told = [charge(ChargeStatus.PENDING)]
    if random.random() < 0.15:
        return [*told, charge(ChargeStatus.FAILED)], 0
    told.append(charge(ChargeStatus.SUCCEEDED))
    told.append(DonationState(texts={"name": Text(1, random.choice(["Ada", "Bob", "Eve"]))}))
    net = gross
    for number in range(random.randrange(3)):
        amount = random.randrange(1, max(net, 2))
        told.append(_deduct(f"refund:re_{number}", Step.OPEN, amount))
        told.append(_deduct(f"refund:re_{number}", Step.TAKEN, amount))
        if random.random() < 0.3:
            told.append(_deduct(f"refund:re_{number}", Step.RETURNED, amount))
        else:
            net -= amount
    if random.random() < 0.2:
        told.append(_deduct("dispute:dp", Step.OPEN, net))
        told.append(_deduct("dispute:dp", Step.TAKEN, net))
        if random.random() < 0.5:
            told.append(_deduct("dispute:dp", Step.RETURNED, net))
        else:
            net = 0
    return told, max(net, 0)


def shuffle_with_repeats(random: Random, told: list[DonationState]) -> list[DonationState]:
    """Return every update once or more, in any order."""
    shuffled = told + random.choices(told, k=len(told))
    random.shuffle(shuffled)
    return shuffled


def _deduct(name: str, step: Step, amount: int) -> DonationState:
    return DonationState(deductions={name: Deduction(step, amount)})
