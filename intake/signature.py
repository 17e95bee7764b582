"""Signatures over raw bytes, compared in constant time."""

import base64
import binascii
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime

from intake.errors import Forged

# How far a signed time may be from ours, both ways.
TOLERANCE_SECONDS = 300


def require_any(expected: Iterable[bytes], given: Iterable[str]) -> None:
    """Raise `Forged` unless one of the given texts is one of the signatures that are expected."""
    texts = [text.encode("utf-8", "surrogatepass") for text in given]
    found = False
    for one in expected:
        for text in texts:
            # Every pair is compared, whatever has been found.
            found |= hmac.compare_digest(one, text)
    if not found:
        raise Forged("the signature is not that of this source's secret")


def require_recent(
    seconds: float, now: datetime, tolerance_seconds: int = TOLERANCE_SECONDS
) -> None:
    """Raise `Forged` for a time, in seconds since 1970, that is not about now."""
    if not abs(now.timestamp() - seconds) <= tolerance_seconds:
        minutes = tolerance_seconds // 60
        raise Forged(f"the signed time is more than {minutes} minutes from now; is a clock wrong?")


def read_seconds(text: str) -> int:
    """Return a header's whole seconds since 1970; raise `Forged`."""
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Forged("the signed time is no number of seconds")
    return int(text)


def read_moment(text: str) -> float:
    """Return a header's ISO 8601 time in seconds since 1970; raise `Forged`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Forged("the signed time is none") from None
    if moment.tzinfo is None:
        raise Forged("the signed time has no time zone")
    return moment.timestamp()


def sign_hex(secret: bytes, message: bytes, algorithm: str = "sha256") -> bytes:
    """Return an HMAC in hexadecimal."""
    return hmac.new(secret, message, algorithm).hexdigest().encode()


def sign_base64(secret: bytes, message: bytes, algorithm: str = "sha256") -> bytes:
    """Return an HMAC in base64."""
    return base64.b64encode(hmac.new(secret, message, algorithm).digest())


def decode_base64(text: str) -> bytes:
    """Return what base64 stands for; raise `ValueError`."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def now_utc() -> datetime:
    """Return the time of now."""
    return datetime.now(UTC)
