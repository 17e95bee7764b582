"""Stripe: webhooks of charges, checkouts, refunds and disputes, and the list of events.

Header `Stripe-Signature: t=SECONDS,v1=HEX[,v1=HEX…]`, HMAC-SHA256 over `SECONDS.BODY`, the key is
the whole `whsec_…` text (https://docs.stripe.com/webhooks/signature). Several v1 are there while a
secret is being replaced. Each retry is signed again, so an old time is a replay.
"""

from collections.abc import Mapping

from aggregates.board_fields import Fields
from intake.payload import load_payload
from intake.providers.stripe.admission import read_admission
from intake.providers.stripe.events import EventReader
from intake.providers.stripe.sweep import StripeSweeper
from intake.providers.stripe.texts import read_text_fields
from intake.request import Provider, Reading, Request, Sweeper
from intake.signature import read_seconds, require_any, require_recent, sign_hex
from intake.source import Source
from intake.source_fields import read_api_url, read_environment

_PREFIX = "whsec_"
_API = "https://api.stripe.com"


class StripeProvider:
    """Takes Stripe's webhooks."""

    def __init__(self, source: Source, reader: EventReader) -> None:
        self._secrets = [secret.encode() for secret in source.secrets]
        self._reader = reader

    def verify(self, request: Request) -> None:
        header = request.headers.get("stripe-signature", "")
        pairs = [part.strip().partition("=") for part in header.split(",")]
        timestamp = next((value for name, _, value in pairs if name == "t"), "")
        require_recent(read_seconds(timestamp), request.now)
        signed = f"{timestamp}.".encode() + request.body
        given = [value for name, _, value in pairs if name == "v1"]
        require_any([sign_hex(secret, signed) for secret in self._secrets], given)

    def read(self, request: Request) -> Reading:
        told = self._reader.read(load_payload(request.body))
        return Reading(ignored=told) if isinstance(told, str) else Reading([told])


def open_provider(
    source: Source, fields: Fields, environment: Mapping[str, str]
) -> tuple[Provider, Sweeper | None]:
    """Return Stripe for a source: its webhook, and its list of events where there is a key."""
    if not source.secrets:
        raise fields.error("secret", "is missing; name the environment variable that has it")
    for secret in source.secrets:
        if not secret.startswith(_PREFIX):
            raise fields.error(
                "secret",
                f"is no signing secret of a webhook at Stripe, which begins with {_PREFIX}",
            )
    reader = EventReader(source, read_admission(fields), read_text_fields(fields))
    key = read_environment(fields, "api_key", environment, "STRIPE_API_KEY")
    api_url = read_api_url(fields, _API)
    if not key:
        return StripeProvider(source, reader), None
    mode = "test" if source.is_test else "live"
    if not key.startswith((f"rk_{mode}_", f"sk_{mode}_")):
        raise fields.error(
            "api_key",
            f"is no key for {mode} money, which begins with rk_{mode}_; make a restricted key that"
            " may read events",
        )
    return StripeProvider(source, reader), StripeSweeper(api_url, key, reader)
