"""Providers as far as a test plays them: who signs a body, by an HMAC of our own.

It is written from RFC 2104 with nothing but the hash function, so that it shares no line with what
verifies. The providers' published vectors prove it.
"""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from aggregates.board import Board
from intake.request import Request
from intake.sources_file import OpenSource, load_sources

NOW = datetime(2026, 11, 21, 19, 4, 12, 250_000, tzinfo=UTC)


def compute_hmac(key: bytes, message: bytes, digest: Callable[[bytes], Any] = sha256) -> bytes:
    """Return an HMAC, by SHA-256 unless said; the blocks of SHA-1 have 64 bytes, too."""
    key = (digest(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = digest(bytes(byte ^ 0x36 for byte in key) + message).digest()
    signed: bytes = digest(bytes(byte ^ 0x5C for byte in key) + inner).digest()
    return signed


def sign_stripe(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    seconds = int(at.timestamp())
    mac = compute_hmac(secret.encode(), f"{seconds}.".encode() + body)
    return {"stripe-signature": f"t={seconds},v1={mac.hex()}"}


def sign_tiltify(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    moment = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    mac = compute_hmac(secret.encode(), f"{moment}.".encode() + body)
    return {
        "x-tiltify-timestamp": moment,
        "x-tiltify-signature": base64.b64encode(mac).decode(),
    }


def sign_api(
    secret: str, body: bytes, at: datetime, message_id: str = "msg_2TallyTest0001"
) -> dict[str, str]:
    seconds = int(at.timestamp())
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = compute_hmac(key, f"{message_id}.{seconds}.".encode() + body)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def sign_twitch(
    secret: str, body: bytes, at: datetime, message_id: str = "befa7b53-d79d-478f-86b9-120f112b044e"
) -> dict[str, str]:
    # Twitch writes nanoseconds.
    moment = at.strftime("%Y-%m-%dT%H:%M:%S.%f001Z")
    mac = compute_hmac(secret.encode(), f"{message_id}{moment}".encode() + body)
    return {
        "twitch-eventsub-message-id": message_id,
        "twitch-eventsub-message-timestamp": moment,
        "twitch-eventsub-message-signature": f"sha256={mac.hex()}",
    }


class Sender(NamedTuple):
    """A provider with a secret; `signature` and `timestamp` are the headers that have them.

    A time that is further from now than the tolerance is refused.
    """

    provider: str
    secret: str
    sign_with: Callable[[str, bytes, datetime], dict[str, str]]
    signature: str
    timestamp: str
    tolerance_seconds: int = 300

    def sign(self, body: bytes, at: datetime = NOW) -> dict[str, str]:
        return self.sign_with(self.secret, body, at)

    def make(self, body: bytes, at: datetime = NOW, now: datetime = NOW) -> Request:
        """Return a signed request."""
        url = f"https://live.example.org/in/{self.provider}"
        return Request(self.sign(body, at), body, url, now)


SENDERS = {
    sender.provider: sender
    for sender in (
        Sender(
            "api",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            sign_api,
            "webhook-signature",
            "webhook-timestamp",
        ),
        Sender("stripe", "whsec_test_secret", sign_stripe, "stripe-signature", "stripe-signature"),
        Sender(
            "tiltify",
            "13c3b68914487acd1c68d85857ee1cfc308f15510f2d8e71273ee0f8a42d9d00",
            sign_tiltify,
            "x-tiltify-signature",
            "x-tiltify-timestamp",
        ),
        Sender(
            "twitch",
            "s3cre7-of-a-subscription-2",
            sign_twitch,
            "twitch-eventsub-message-signature",
            "twitch-eventsub-message-timestamp",
            600,
        ),
    )
}

# A source for each of them, of the same name.
ALL_SOURCES = "".join(
    f'[sources.{name}]\nprovider = "{name}"\nboard = "BOARD"\nplatform = "{name}"\n'
    f'secret = "{name.upper()}"\n'
    for name in SENDERS
)


def open_sources(
    folder: Path, board: Board, text: str, **environment: str
) -> dict[str, OpenSource]:
    """Return the sources of an `intake.toml`; `secret = "STRIPE"` is that sender's secret."""
    path = folder / "intake.toml"
    path.write_text(text.replace("BOARD", board.name), "utf-8")
    known = {sender.provider.upper(): sender.secret for sender in SENDERS.values()}
    return load_sources(path, {board.name: board}, known | environment)


def open_source(folder: Path, board: Board, provider: str, more: str = "") -> OpenSource:
    """Return one source of a provider, with further lines of its own."""
    text = (
        f'[sources.web]\nprovider = "{provider}"\nboard = "BOARD"\nplatform = "Website"\n'
        f'secret = "{provider.upper()}"\n{more}'
    )
    keys = {"KEY": "rk_live_1", "TEST_KEY": "rk_test_1", "ID": "client", "CLIENT_SECRET": "shh"}
    return open_sources(folder, board, text, **keys)["web"]
