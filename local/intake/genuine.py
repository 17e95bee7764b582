"""Genuine requests, as providers would send and sign them, to rehearse with.

Ids name the donation, so that a refund can follow its charge, and the same request can be repeated.
"""

import json
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from intake.signature import sign_base64, sign_hex
from local.errors import LocalError
from local.intake import texts
from local.intake.sent import Sent


@dataclass(frozen=True)
class Gift:
    """What is told of. `amount` and `part`, what is refunded of it, are in major units."""

    name: str
    amount: Decimal
    currency: str
    exponent: int
    donor: str
    comment: str
    part: Decimal

    def minor(self, amount: Decimal) -> int:
        return int(amount.scaleb(self.exponent))


Make = Callable[[Gift, str], Sent]

_NOBODY = "00000000-0000-0000-0000-000000000000"
_CAMPAIGN = "a4fd5207-bd9f-4712-920a-85f8d92cf4e6"


def list_kinds() -> dict[str, tuple[str, ...]]:
    """Return what can be sent, by provider."""
    return {provider: tuple(kinds) for provider, kinds in _KINDS.items()} | {"twilio": texts.KINDS}


def make_request(provider: str, kind: str, gift: Gift, secret: str) -> Sent:
    """Return a request, signed now; `require_kind` says which there are."""
    return _KINDS[provider][kind](gift, secret)


def require_kind(provider: str, kind: str) -> None:
    """Raise `LocalError` for what no provider sends."""
    known = list_kinds()
    if provider not in known:
        raise LocalError(f"PROVIDER={provider} is not known; write one of {', '.join(known)}")
    if kind not in known[provider]:
        kinds = ", ".join(known[provider])
        raise LocalError(f"KIND={kind} is not sent by {provider}; write one of {kinds}")


def _sign_stripe(event: Mapping[str, Any], secret: str) -> Sent:
    body, now = json.dumps(event).encode(), int(time.time())
    signature = sign_hex(secret.encode(), f"{now}.".encode() + body).decode()
    return Sent({"stripe-signature": f"t={now},v1={signature}"}, body)


def _make_stripe(
    kind: str, describe: Callable[[Gift], Mapping[str, Any]], *, is_live: bool = True
) -> Make:
    def make(gift: Gift, secret: str) -> Sent:
        event = {
            "id": f"evt_{gift.name}_{kind.replace('.', '_')}",
            "object": "event",
            "created": int(time.time()),
            "livemode": is_live,
            "type": kind,
            "data": {"object": describe(gift)},
        }
        return _sign_stripe(event, secret)

    return make


def _charge(gift: Gift) -> dict[str, Any]:
    amount = gift.minor(gift.amount)
    return {
        "id": f"ch_{gift.name}",
        "object": "charge",
        "payment_intent": f"pi_{gift.name}",
        "amount": amount,
        "amount_captured": amount,
        "currency": gift.currency.lower(),
        "status": "succeeded",
        "captured": True,
        "paid": True,
        "created": int(time.time()),
        "billing_details": {"name": gift.donor or None},
        "metadata": {"comment": gift.comment} if gift.comment else {},
    }


def _part(thing: str, gift: Gift, status: str) -> dict[str, Any]:
    return {
        "id": f"{'re' if thing == 'refund' else 'dp'}_{gift.name}",
        "object": thing,
        "charge": f"ch_{gift.name}",
        "payment_intent": f"pi_{gift.name}",
        "amount": gift.minor(gift.part),
        "currency": gift.currency.lower(),
        "status": status,
    }


def _make_tiltify(*, is_test: bool = False) -> Make:
    def make(gift: Gift, secret: str) -> Sent:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        event = {
            "data": {
                "id": gift.name,
                "amount": {"currency": gift.currency, "value": f"{gift.amount:f}"},
                "donor_name": gift.donor or "Anonymous",
                "donor_comment": gift.comment or None,
                "completed_at": now,
                "created_at": now,
            },
            "meta": {
                "id": f"event-{gift.name}",
                "event_type": "public:direct:donation_updated",
                "attempted_at": now,
                "generated_at": now,
                "subscription_source_type": "test" if is_test else "campaign",
                "subscription_source_id": _NOBODY if is_test else _CAMPAIGN,
            },
        }
        body = json.dumps(event).encode()
        signature = sign_base64(secret.encode(), f"{now}.".encode() + body).decode()
        return Sent({"x-tiltify-timestamp": now, "x-tiltify-signature": signature}, body)

    return make


def _make_twitch(gift: Gift, secret: str) -> Sent:
    now, name = datetime.now(UTC).isoformat().replace("+00:00", "Z"), f"message-{gift.name}"
    amount = {
        "value": gift.minor(gift.amount),
        "decimal_places": gift.exponent,
        "currency": gift.currency,
    }
    told = {
        "subscription": {"type": "channel.charity_campaign.donate", "status": "enabled"},
        "event": {"id": gift.name, "user_name": gift.donor or "Somebody", "amount": amount},
    }
    body = json.dumps(told).encode()
    signature = sign_hex(secret.encode(), f"{name}{now}".encode() + body).decode()
    headers = {
        "twitch-eventsub-message-id": name,
        "twitch-eventsub-message-timestamp": now,
        "twitch-eventsub-message-signature": f"sha256={signature}",
    }
    return Sent(headers, body)


def _make_api(status: str, version: int) -> Make:
    def make(gift: Gift, secret: str) -> Sent:
        donation = {
            "id": gift.name,
            "amount": f"{gift.amount:f}",
            "currency": gift.currency,
            "donatedAt": datetime.now(UTC).isoformat(),
            "status": status,
            "version": version,
            "name": gift.donor,
            "comment": gift.comment,
        }
        body, now, name = json.dumps(donation).encode(), int(time.time()), f"msg_{gift.name}"
        key = b64decode(secret.removeprefix("whsec_"))
        signature = sign_base64(key, f"{name}.{now}.".encode() + body).decode()
        headers = {"webhook-id": name, "webhook-timestamp": str(now)}
        return Sent(headers | {"webhook-signature": f"v1,{signature}"}, body)

    return make


_KINDS: Mapping[str, Mapping[str, Make]] = {
    "stripe": {
        "gift": _make_stripe("charge.succeeded", _charge),
        "refund": _make_stripe("refund.created", lambda g: _part("refund", g, "succeeded")),
        "failed-refund": _make_stripe("refund.failed", lambda g: _part("refund", g, "failed")),
        "dispute": _make_stripe(
            "charge.dispute.funds_withdrawn", lambda g: _part("dispute", g, "needs_response")
        ),
        "dispute-won": _make_stripe(
            "charge.dispute.funds_reinstated", lambda g: _part("dispute", g, "won")
        ),
        "test": _make_stripe("charge.succeeded", _charge, is_live=False),
    },
    "tiltify": {"gift": _make_tiltify(), "test": _make_tiltify(is_test=True)},
    "twitch": {"gift": _make_twitch},
    "api": {
        "gift": _make_api("succeeded", 0),
        "correct": _make_api("succeeded", 1),
        "withdraw": _make_api("withdrawn", 2),
    },
}
