"""Genuine texts, as Twilio would pass them on and sign them, to rehearse with."""

from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlencode

from intake.signature import sign_base64
from local.intake.sent import Sent

KINDS = ("pledge", "vote", "retry")
_NUMBER = "+14155550199"


class Text(NamedTuple):
    """What somebody writes. `name` is the text's, `sender` stands for who writes it."""

    name: str
    sender: str
    body: str


class Line(NamedTuple):
    """Where texts come from and go to: an account of Twilio's, its number, and `url`."""

    url: str
    token: str
    account: str
    number: str


def make_text(kind: str, text: Text, line: Line) -> Sent:
    """Return a request, signed now.

    A `retry` is the same text once more, at the second address, as Twilio sends it when the first
    one did not answer.
    """
    fields = {
        "ToCountry": "US",
        "SmsMessageSid": _make_sid(text.name),
        "NumMedia": "0",
        "FromCity": "",
        "SmsStatus": "received",
        "Body": text.body,
        "To": line.number or _NUMBER,
        "NumSegments": "1",
        "MessageSid": _make_sid(text.name),
        "AccountSid": line.account,
        "From": _make_number(text.sender),
        "ApiVersion": "2010-04-01",
    }
    if kind == "retry":
        fields |= {"ErrorCode": "11200", "ErrorUrl": line.url}
    signed = line.url + "".join(name + value for name, value in sorted(fields.items()))
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "i-twilio-idempotency-token": text.name,
        "x-twilio-signature": sign_base64(line.token.encode(), signed.encode(), "sha1").decode(),
    }
    return Sent(headers, urlencode(fields).encode())


def _make_sid(name: str) -> str:
    return f"SM{sha256(name.encode()).hexdigest()[:32]}"


def _make_number(sender: str) -> str:
    """Return a number that nobody has, the same for the same sender."""
    return f"+1415555{int.from_bytes(sha256(sender.encode()).digest()[:4]) % 10_000:04}"
