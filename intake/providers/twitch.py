"""Twitch's charity campaigns: EventSub's `channel.charity_campaign.donate`, by webhook.

Header `Twitch-Eventsub-Message-Signature: sha256=HEX`, HMAC-SHA256 over message id, timestamp and
body, one after the other; the secret is the one that the subscription was made with
(https://dev.twitch.tv/docs/eventsub/handling-webhook-events). What a message is, is read of the
signed body and not of the header that says it, which is not signed.

No refund is ever told, and no test money is marked.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from aggregates.board_fields import Fields
from aggregates.units import currency
from intake.donation_state import Charge, ChargeStatus, DonationState, Text
from intake.errors import Unreadable
from intake.payload import (
    find,
    load_payload,
    make_printable,
    read,
    read_currency,
    read_id,
    read_natural,
    read_words,
)
from intake.request import Answer, DonationUpdate, Provider, Reading, Request, Sweeper
from intake.signature import read_moment, require_any, require_recent, sign_hex
from intake.source import Source

logger = logging.getLogger("tallyboard")

# Twitch's own advice; a message that is sent again may have the time of the first.
TOLERANCE_SECONDS = 600
_KIND = "channel.charity_campaign.donate"
_MAX_DECIMALS = 6
_SECRET_CHARACTERS = range(10, 101)


class TwitchProvider:
    """Takes the messages of one subscription."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._secrets = [secret.encode() for secret in source.secrets]

    def verify(self, request: Request) -> None:
        message_id = request.headers.get("twitch-eventsub-message-id", "")
        timestamp = request.headers.get("twitch-eventsub-message-timestamp", "")
        require_recent(read_moment(timestamp), request.now, TOLERANCE_SECONDS)
        signed = (message_id + timestamp).encode("utf-8", "surrogatepass") + request.body
        expected = [b"sha256=" + sign_hex(secret, signed) for secret in self._secrets]
        require_any(expected, [request.headers.get("twitch-eventsub-message-signature", "")])

    def read(self, request: Request) -> Reading:
        payload = load_payload(request.body)
        if find(payload, "challenge") is not None:
            return _answer_challenge(read_id(payload, "challenge"))
        kind = read(payload, "subscription.type", str)
        if kind != _KIND:
            return Reading(ignored=f"{kind[:60]} is of no interest")
        if find(payload, "event") is None:
            status = make_printable(read(payload, "subscription.status", str)[:60])
            logger.error("source %s: Twitch sends no more: %s", self._source.name, status)
            return Reading(ignored=f"Twitch sends no more ({status}); subscribe again")
        at = read_moment(request.headers["twitch-eventsub-message-timestamp"])
        return Reading([_read_donation(payload["event"], datetime.fromtimestamp(at, UTC))])


def _answer_challenge(challenge: str) -> Reading:
    ignored = "Twitch asked whether this address is ours, and was told so"
    return Reading(ignored=ignored, answer=lambda _: Answer(challenge.encode()))


def _read_donation(event: Any, at: datetime) -> DonationUpdate:
    code = read_currency(event, "amount.currency")
    charge = Charge(
        # A message that comes again came when it came first.
        order=-int(at.timestamp() * 1000),
        status=ChargeStatus.SUCCEEDED,
        amount_minor=_read_amount(event, code),
        currency=code,
        at=at,
    )
    texts = {"name": Text(0, read_words(event, "user_name"))}
    state = DonationState(charge=charge, texts=texts, is_admitted=True)
    return DonationUpdate(f"twitch:{read_id(event, 'id')}", state)


def _read_amount(event: Any, code: str) -> int:
    """Return an amount, which comes in minor units with their decimals, in those of ISO 4217."""
    value = read_natural(event, "amount.value")
    decimals = read_natural(event, "amount.decimal_places")
    exact = Decimal(value).scaleb(currency(code).exponent - min(decimals, _MAX_DECIMALS))
    if decimals > _MAX_DECIMALS or exact != exact.to_integral_value():
        raise Unreadable(
            f"amount is {value} with {decimals} decimals, which is no amount of {code}"
        )
    return int(exact)


def open_provider(
    source: Source, fields: Fields, _: Mapping[str, str]
) -> tuple[Provider, Sweeper | None]:
    """Return Twitch for a source."""
    if not source.secrets:
        raise fields.error("secret", "is missing; name the environment variable that has it")
    if any(len(secret) not in _SECRET_CHARACTERS for secret in source.secrets):
        raise fields.error("secret", "has to have 10 to 100 characters, as Twitch wants it")
    if source.is_test:
        raise fields.error("test", "is true, and Twitch marks no money as a test; take it out")
    return TwitchProvider(source), None
