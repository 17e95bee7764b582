"""Tiltify: the webhook `donation_updated`, and the list of a campaign's donations (API v5).

Header `X-Tiltify-Signature`, base64 of HMAC-SHA256 over `TIMESTAMP.BODY`; TIMESTAMP is the text of
the header `X-Tiltify-Timestamp`, the key the signing id as text
(https://developers.tiltify.com/docs/webhooks/receiving-webhooks/verifying).
"""

from collections.abc import Mapping

from aggregates.board_fields import Fields
from intake.payload import load_payload
from intake.providers.tiltify.donations import read_event
from intake.providers.tiltify.sweep import TiltifySweeper
from intake.request import Provider, Reading, Request, Sweeper
from intake.signature import read_moment, require_any, require_recent, sign_base64
from intake.source import Source
from intake.source_fields import read_api_url, read_environment

_API = "https://v5api.tiltify.com"
# A source's field → the place of its campaign in the API.
_PLACES = {"campaign": "campaigns", "team_campaign": "team_campaigns"}


class TiltifyProvider:
    """Takes Tiltify's webhooks."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._secrets = [secret.encode() for secret in source.secrets]

    def verify(self, request: Request) -> None:
        timestamp = request.headers.get("x-tiltify-timestamp", "")
        require_recent(read_moment(timestamp), request.now)
        # The text as it came: written again, it could have other digits.
        signed = f"{timestamp}.".encode() + request.body
        expected = [sign_base64(secret, signed) for secret in self._secrets]
        require_any(expected, [request.headers.get("x-tiltify-signature", "")])

    def read(self, request: Request) -> Reading:
        told = read_event(load_payload(request.body), is_test=self._source.is_test)
        return Reading(ignored=told) if isinstance(told, str) else Reading([told])


def open_provider(
    source: Source, fields: Fields, environment: Mapping[str, str]
) -> tuple[Provider, Sweeper | None]:
    """Return Tiltify for a source: its webhook, and its list where there is a client's id."""
    if not source.secrets:
        raise fields.error("secret", "is missing; name the environment variable that has it")
    api_url = read_api_url(fields, _API)
    client_id = read_environment(fields, "client_id", environment, "TILTIFY_CLIENT_ID")
    secret = read_environment(fields, "client_secret", environment, "TILTIFY_CLIENT_SECRET")
    path = _read_path(fields)
    wanted = {"client_id": client_id, "client_secret": secret, "campaign": path}
    missing = [name for name, value in wanted.items() if not value]
    if len(missing) == len(wanted):
        return TiltifyProvider(source), None
    if missing:
        raise fields.error(missing[0], f"is missing; to ask Tiltify takes {', '.join(wanted)}")
    if source.is_test:
        raise fields.error("client_id", "asks for real donations, and the source is for a test")
    return TiltifyProvider(source), TiltifySweeper(api_url, path, client_id, secret)


def _read_path(fields: Fields) -> str:
    """Return where a campaign's donations are; "" where no campaign is named."""
    example = "a4fd5207-bd9f-4712-920a-85f8d92cf4e6"
    found = {field: fields.optional_text(field, example) for field in _PLACES}
    named = {field: name for field, name in found.items() if name is not None}
    if len(named) > 1:
        raise fields.error("campaign", "is there beside team_campaign; write one of them")
    for field, name in named.items():
        if not name.isascii() or not name.replace("-", "").isalnum():
            raise fields.error(field, f"is {name!r}; write the campaign's id, such as {example}")
        return f"/api/public/{_PLACES[field]}/{name}/donations"
    return ""
