"""A donation's state as the text that the table of states holds."""

import json
from datetime import UTC, datetime
from typing import Any

from intake.donation_state import Charge, ChargeStatus, Deduction, DonationState, Step, Text


def encode_state(state: DonationState) -> str:
    """Return the state as JSON; equal states are equal text."""
    fields: dict[str, Any] = {"admitted": state.is_admitted}
    if state.charge is not None:
        order, status, amount_minor, currency, at, platform = state.charge
        moment = at.astimezone(UTC).isoformat()
        fields["charge"] = [order, status.name, amount_minor, currency, moment, platform]
    fields["deductions"] = {
        name: [step.name, *rest] for name, (step, *rest) in state.deductions.items()
    }
    fields["texts"] = {name: list(text) for name, text in state.texts.items()}
    if state.platform:
        fields["platform"] = state.platform
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def decode_state(text: str) -> DonationState:
    """Return the state that `encode_state` has written."""
    fields = json.loads(text)
    charge = None
    if "charge" in fields:
        order, status, amount_minor, currency, at, platform = fields["charge"]
        moment = datetime.fromisoformat(at)
        charge = Charge(order, ChargeStatus[status], amount_minor, currency, moment, platform)
    return DonationState(
        charge=charge,
        # Older rows have no currency.
        deductions={
            name: Deduction(Step[step], *rest)
            for name, (step, *rest) in fields["deductions"].items()
        },
        texts={name: Text(*pair) for name, pair in fields["texts"].items()},
        is_admitted=fields["admitted"],
        platform=fields.get("platform", ""),
    )
