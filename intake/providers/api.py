"""Our own API: Standard Webhooks signatures over JSON.

Secret: `whsec_` and base64. Headers `webhook-id`, `webhook-timestamp` (seconds) and
`webhook-signature` (`v1,BASE64`, several apart by blanks), HMAC-SHA256 over `ID.TIMESTAMP.BODY`
(https://www.standardwebhooks.com). The body is one donation, or `{"donations": [...]}`:

    {"id": "ph-1", "amount": "25.00", "currency": "USD", "donatedAt": "2026-11-21T19:04:11Z"}

`name`, `comment` and `platform` may be there. The same id again corrects the donation if its
`version` (a whole number, 0 unless said) is higher; `"status": "withdrawn"` takes it back.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aggregates.board import ALL
from aggregates.board_fields import Fields
from intake.donation_state import Charge, ChargeStatus, DonationState, Text
from intake.errors import Malformed, Unreadable
from intake.payload import (
    find,
    load_payload,
    read_currency,
    read_id,
    read_minor,
    read_natural,
    read_time,
    read_words,
)
from intake.request import Answer, DonationUpdate, Provider, Reading, Request, Sweeper
from intake.signature import decode_base64, read_seconds, require_any, require_recent, sign_base64
from intake.source import Source

_PREFIX = "whsec_"
_MAX_DONATIONS = 500
# What a sender's clock, or its time zone, may be wrong by.
_MOST_AHEAD = timedelta(days=1)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_STATUSES = {
    "pending": ChargeStatus.PENDING,
    "succeeded": ChargeStatus.SUCCEEDED,
    "withdrawn": ChargeStatus.GONE,
}


class ApiProvider:
    """Takes signed donations of anybody's program."""

    def __init__(self, source: Source, secrets: Sequence[bytes]) -> None:
        self._source, self._secrets = source, secrets

    def verify(self, request: Request) -> None:
        message_id = request.headers.get("webhook-id", "")
        timestamp = request.headers.get("webhook-timestamp", "")
        require_recent(read_seconds(timestamp), request.now)
        signed = f"{message_id}.{timestamp}.".encode() + request.body
        expected = [b"v1," + sign_base64(secret, signed) for secret in self._secrets]
        require_any(expected, request.headers.get("webhook-signature", "").split())

    def read(self, request: Request) -> Reading:
        try:
            payload = load_payload(request.body)
            donations = payload.get("donations", [payload])
            if not isinstance(donations, list) or not 0 < len(donations) <= _MAX_DONATIONS:
                raise Unreadable(f"donations is no list of 1 to {_MAX_DONATIONS}")
            updates = [self._read_donation(donation, request.now) for donation in donations]
        except Unreadable as error:
            # Who sends this can correct it; it is not kept for a later version.
            raise Malformed(str(error)) from None
        return Reading(updates, answer=_answer)

    def _read_donation(self, donation: Any, now: datetime) -> DonationUpdate:
        code = read_currency(donation, "currency")
        version = 0 if find(donation, "version") is None else read_natural(donation, "version")
        status = "succeeded" if (told := find(donation, "status")) is None else told
        if not isinstance(status, str) or status not in _STATUSES:
            text = repr(status)[:60]
            raise Unreadable(f"status is {text}; write one of {', '.join(_STATUSES)}")
        at, platform = read_time(donation, "donatedAt"), read_words(donation, "platform")
        if not _1970 <= at <= now + _MOST_AHEAD:
            raise Unreadable(f"donatedAt is {at:%Y-%m-%d}; is a clock wrong, or are these ms?")
        if platform == ALL:
            raise Unreadable(f"platform is {ALL!r}, which stands for all platforms together")
        charge = Charge(
            order=version,
            status=_STATUSES[status],
            amount_minor=read_minor(donation, "amount", code),
            currency=code,
            at=at,
            platform=platform,
        )
        # A later version without a name takes the name away.
        texts = {name: Text(version, read_words(donation, name)) for name in ("name", "comment")}
        name = f"api:{self._source.name}:{read_id(donation, 'id')}"
        return DonationUpdate(name, DonationState(charge=charge, texts=texts, is_admitted=True))


def _answer(changed: Sequence[bool]) -> Answer:
    body = json.dumps({"taken": len(changed), "changed": sum(changed)})
    return Answer(f"{body}\n".encode(), "application/json")


def open_provider(
    source: Source, fields: Fields, _: Mapping[str, str]
) -> tuple[Provider, Sweeper | None]:
    """Return the API of a source; its secrets begin with `whsec_`."""
    secrets = []
    for secret in source.secrets:
        try:
            key = decode_base64(secret.removeprefix(_PREFIX))
        except ValueError:
            key = b""
        if len(key) < 16:
            raise fields.error(
                "secret",
                f"is no secret of Standard Webhooks; write {_PREFIX} and base64 of 24 random bytes,"
                ' such as "whsec_$(openssl rand -base64 24)"',
            )
        secrets.append(key)
    if not secrets:
        raise fields.error("secret", "is missing; name the environment variable that has it")
    return ApiProvider(source, secrets), None
