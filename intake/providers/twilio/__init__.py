"""Twilio: text messages, as votes or as pledges.

    secret = "TWILIO_AUTH_TOKEN"
    account = "AC…"
    mode = "votes"              # or "pledges"

A text moves no money: a pledge is a promise, and belongs in a group of its own.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from aggregates.board_fields import Fields
from intake.errors import Unreachable
from intake.fetching import Fetcher, require_safe
from intake.providers.twilio.message import ACCOUNT, NUMBER, Mode
from intake.providers.twilio.pledges import read_pledges
from intake.providers.twilio.provider import TwilioProvider
from intake.providers.twilio.sweep import TwilioSweeper
from intake.providers.twilio.votes import read_votes
from intake.request import Provider, Sweeper
from intake.source import Source

_MODES: dict[str, Callable[[Source, Fields, Mapping[str, str]], Mode]] = {
    "votes": read_votes,
    "pledges": read_pledges,
}
_API = "https://api.twilio.com"


def open_provider(
    source: Source, fields: Fields, environment: Mapping[str, str]
) -> tuple[Provider, Sweeper | None]:
    """Return the texts of an account, and what asks for them where a `number` is named."""
    if not source.secrets:
        raise fields.error("secret", "is missing; name the environment variable with the token")
    if not source.public_url:
        raise fields.error(
            "provider",
            "signs the address of this service, which the environment variable PUBLIC_URL has to"
            ' say, such as "https://live.example.org"',
        )
    _check_address(source, fields)
    account = fields.text("account", "AC…").strip()
    if not ACCOUNT.fullmatch(account):
        raise fields.error("account", "is no account SID; it is AC and 32 digits or letters a to f")
    name = fields.text("mode", "votes")
    if name not in _MODES:
        raise fields.error("mode", f"is {name!r}; write one of {', '.join(_MODES)}")
    number = (fields.optional_text("number", "+14155550199") or "").replace(" ", "")
    if number and not NUMBER.fullmatch(number):
        raise fields.error("number", "is no number with its country, such as +14155550199")
    mode = _MODES[name](source, fields, environment)
    url = (fields.optional_text("api_url", _API) or _API).rstrip("/")
    try:
        require_safe(url)
    except Unreachable:
        raise fields.error("api_url", f"is no address; leave it out for {_API}") from None
    since = fields.take("since")
    provider = TwilioProvider(source, account, number, mode)
    if not number:
        if since is not None:
            raise fields.error("since", "is for asking Twilio, which needs the number, too")
        return provider, None
    token = source.secrets[0]
    sweeper = TwilioSweeper(Fetcher("Twilio"), url, account, token, number, mode)
    return provider, sweeper.begin_at(since, fields)


def _check_address(source: Source, fields: Fields) -> None:
    """Raise `BoardError` for a `PUBLIC_URL` that no signature can be of."""
    try:
        parts = urlsplit(source.public_url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or source.public_url != f"{parts.scheme}://{parts.netloc}":
        raise fields.error(
            "provider",
            f"signs the address that PUBLIC_URL has, which is {source.public_url[:80]!r}; write one"
            ' such as "https://live.example.org", without a path',
        )
