"""Twilio: texts that people send, as it passes them on, and its list of them."""

from base64 import b64encode
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import urlencode

from intake.providers.twilio.signing import parse_form, sign_form
from intake.request import Request
from tests.intake.stand_in import Asked, Told, tell_json

TOKEN = "an-auth-token"
ACCOUNT = "AC" + "0" * 32
NUMBER = "+14155550199"
PUBLIC_URL = "https://live.example.org"
_PAGE = 50


class Sms(NamedTuple):
    sid: str
    sender: str
    text: str
    at: datetime
    number: str = NUMBER

    def request(
        self, more: Mapping[str, str] | None = None, seconds: float = 0.2, source: str = "sms"
    ) -> Request:
        """Return what Twilio sends of it, signed, so many seconds after it was sent."""
        fields = {"ToCountry": "US", "MessageSid": self.sid, "AccountSid": ACCOUNT}
        fields |= {"From": self.sender, "To": self.number, "Body": self.text, "FromCity": ""}
        body = urlencode(fields | dict(more or {})).encode()
        url = f"{PUBLIC_URL}/in/{source}"
        signature = sign_form(TOKEN, url, parse_form(body)).decode()
        now = self.at + timedelta(seconds=seconds)
        return Request({"x-twilio-signature": signature}, body, url, now)


class Twilio:
    """All that was sent to the account's numbers; the newest last."""

    def __init__(self, numbers: Collection[str] = (NUMBER,)) -> None:
        self.sent: list[Sms] = []
        self._numbers = numbers

    def send(self, sender: int, text: str, at: datetime) -> Sms:
        sid = f"SM{len(self.sent):032x}"
        self.sent.append(Sms(sid, f"+1415555{sender:04}", text, at))
        return self.sent[-1]

    def reply(self, asked: Asked) -> Told:
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        key = b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {key}":
            return Told(401)
        if asked.path != path or asked.query["To"] not in self._numbers:
            return Told(404)
        number = asked.query["To"]
        since = datetime.fromisoformat(asked.query["DateSent>"])
        sent = [sms for sms in self.sent if sms.number == number and sms.at >= since]
        found = [self._row(sms) for sms in reversed(sent)]
        page = int(asked.query.get("Page", "0"))
        query = urlencode({**asked.query, "Page": page + 1})
        has_more = len(found) > (page + 1) * _PAGE
        return tell_json(
            {
                "messages": found[page * _PAGE : (page + 1) * _PAGE],
                "next_page_uri": f"{path}?{query}" if has_more else None,
            }
        )

    def _row(self, sms: Sms) -> dict[str, str]:
        row = {"sid": sms.sid, "from": sms.sender, "to": sms.number, "body": sms.text}
        sent = format_datetime(sms.at.replace(microsecond=0))
        return row | {"direction": "inbound", "date_sent": sent, "account_sid": ACCOUNT}
