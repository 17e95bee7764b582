"""A text message, without the number it came from."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, Protocol

from intake.errors import Malformed
from intake.request import DonationUpdate, Vote

ACCOUNT = re.compile(r"AC[0-9a-f]{32}", re.ASCII)
NUMBER = re.compile(r"\+[1-9][0-9]{4,14}", re.ASCII)
_MESSAGE = re.compile(r"(?:SM|MM)[0-9a-f]{32}", re.ASCII)
# The most that Twilio passes on.
_MAX_CHARACTERS = 1600


@dataclass(frozen=True)
class Message:
    """One text. `sender` is a phone number: it is for `hash_sender` alone, and never shown."""

    message_id: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime

    def hash_sender(self, salt: bytes) -> str:
        """Return what stands for the sender; without the salt it does not lead to the number."""
        # The same person by another way, as in `whatsapp:+1415…`.
        number = self.sender.rpartition(":")[2]
        return hmac.new(salt, number.encode(), sha256).hexdigest()[:32]


class Taken(NamedTuple):
    """What a message says, and the texts to answer with: where it changed something, or did not."""

    update: DonationUpdate | Vote
    reply: str
    reply_again: str


class Mode(Protocol):
    """What messages are for. `read` returns None for one that says nothing that is asked for."""

    reply_invalid: str
    invalid: str

    def read(self, message: Message) -> Taken | None: ...


def make_message(found: Mapping[str, str], names: tuple[str, str, str], at: datetime) -> Message:
    """Return a message from its fields, named as id, sender and text; raise `Malformed`."""
    message_id, sender, text = (found.get(name, "") for name in names)
    if not _MESSAGE.fullmatch(message_id):
        raise Malformed(f"the message has no {names[0]}")
    if not sender.strip():
        raise Malformed(f"the message has no {names[1]}")
    return Message(message_id, sender.strip(), text[:_MAX_CHARACTERS], at)
