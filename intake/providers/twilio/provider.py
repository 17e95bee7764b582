"""Takes texts as Twilio sends them, and answers with a text."""

import logging
from collections.abc import Sequence
from html import escape

from intake.errors import Forged, Malformed
from intake.providers.twilio.message import Mode, make_message
from intake.providers.twilio.signing import parse_form, verify_form
from intake.request import Answer, Reading, Request
from intake.source import Source

logger = logging.getLogger("tallyboard")

_NAMES = ("MessageSid", "From", "Body")


class TwilioProvider:
    """The webhook of one account, for the texts to one number, or to all of them."""

    def __init__(self, source: Source, account: str, number: str, mode: Mode) -> None:
        self.account, self.number = account, number
        self._source, self._mode = source, mode

    def verify(self, request: Request) -> None:
        fields = verify_form(request, self._source.secrets)
        if dict(fields).get("AccountSid") != self.account:
            raise Forged("the message is of another account")

    def read(self, request: Request) -> Reading:
        """Return what a message says; raise nothing but `Malformed`.

        What cannot be read is kept as it came, and this has a phone number. Twilio's list has it,
        too, so nothing is lost.
        """
        try:
            return self._read(request)
        except Malformed:
            raise
        except Exception as error:
            logger.error("a text cannot be read: %s", type(error).__name__)
            raise Malformed("the message cannot be read") from None

    def _read(self, request: Request) -> Reading:
        found = dict(parse_form(request.body))
        if found.get("OptOutType"):
            return Reading(ignored="a text that begins or ends a subscription", answer=_stay_silent)
        if self.number and found.get("To") != self.number:
            return Reading(ignored="a text to another number", answer=_stay_silent)
        taken = self._mode.read(make_message(found, _NAMES, request.now))
        if taken is None:
            text = self._mode.reply_invalid
            return Reading(ignored=self._mode.invalid, answer=lambda _: make_answer(text))

        def answer(changed: Sequence[bool]) -> Answer:
            return make_answer(taken.reply if any(changed) else taken.reply_again)

        return Reading([taken.update], answer=answer)


def make_answer(text: str) -> Answer:
    """Return TwiML that sends a text to whoever wrote; none for an empty one."""
    message = f"<Message>{escape(text, quote=False)}</Message>" if text else ""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'
    return Answer(body.encode(), "text/xml")


def _stay_silent(_: Sequence[bool]) -> Answer:
    return make_answer("")
