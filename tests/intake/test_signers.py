"""What providers' own libraries sign, our verifiers accept, and nothing that was altered.

Of Stripe and Twilio, the published algorithm is written in these tests, since their libraries have
31 and 51 MB; where those are installed (`pip install stripe twilio`), they sign, too.
"""

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha1
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import pytest

from aggregates.board import Board
from aggregates.board_file import load_board
from intake.request import Provider, Request
from local.intake.genuine import Gift, make_request
from local.intake.texts import Line, Text, make_text
from tests.conftest import ROOT
from tests.intake.genuine import is_genuine
from tests.intake.senders import NOW, SENDERS, compute_hmac, open_sources

BOARD: Board = load_board(ROOT / "boards/fundraiser.toml")
URL = "https://live.example.org/in/source?a=%20b"
SECRETS = {name: sender.secret for name, sender in SENDERS.items()} | {"twilio": "12345"}
# Of a secret of Standard Webhooks, other characters than the last ones, which can mean the same.
OTHER_SECRETS = {name: secret.replace("2", "3", 1) for name, secret in SECRETS.items()}
OTHER_SECRETS["stripe"] = "whsec_test_secreT"
OTHER_SECRETS["api"] = SECRETS["api"].replace("M", "N", 1)

_ACCOUNT = f"AC{'0' * 32}"
_TWILIO = f'account = "{_ACCOUNT}"\nmode = "pledges"\n'
Sign = Callable[[str, bytes, datetime], dict[str, str]]


def find_library(name: str) -> Any:
    """Return a provider's library, which has to be there in CI."""
    return import_module(name) if "CI" in os.environ else pytest.importorskip(name)


class Signer(NamedTuple):
    """Signs for a provider; `package` is the library that does."""

    provider: str
    sign: Sign
    package: str = ""


def sign_twilio(secret: str, body: bytes, _: datetime) -> dict[str, str]:
    # https://www.twilio.com/docs/usage/webhooks/webhooks-security
    fields: dict[str, list[str]] = {}
    for part in body.decode().split("&"):
        name, value = parse_qsl(part, keep_blank_values=True)[0]
        fields.setdefault(name, []).append(value)
    text = URL
    for name in sorted(fields):
        for value in sorted(set(fields[name])):
            text += name + value
    mac = compute_hmac(secret.encode(), text.encode(), sha1)
    return {"x-twilio-signature": base64.b64encode(mac).decode()}


def sign_by_stripe(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    signing = find_library("stripe").WebhookSignature
    seconds = int(at.timestamp())
    return {"stripe-signature": signing.generate_signature_header(body.decode(), secret, seconds)}


def sign_by_standard_webhooks(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    webhook = find_library("standardwebhooks").Webhook(secret)
    return {
        "webhook-id": "msg_2TallyTest0001",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": webhook.sign("msg_2TallyTest0001", at, body.decode()),
    }


def sign_by_twilio(secret: str, body: bytes, _: datetime) -> dict[str, str]:
    validator = find_library("twilio.request_validator").RequestValidator(secret)

    class Fields(dict[str, list[str]]):
        getlist = dict.__getitem__

    fields = Fields()
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return {"x-twilio-signature": validator.compute_signature(URL, fields)}


SIGNERS = [
    *(Signer(name, sender.sign_with) for name, sender in SENDERS.items()),
    Signer("twilio", sign_twilio),
    Signer("api", sign_by_standard_webhooks, "standardwebhooks"),
    Signer("stripe", sign_by_stripe, "stripe"),
    Signer("twilio", sign_by_twilio, "twilio"),
]


@pytest.fixture(params=SIGNERS, ids=lambda signer: signer.package or f"{signer.provider} as told")
def signer(request: pytest.FixtureRequest) -> Signer:
    signer: Signer = request.param
    if signer.package:
        find_library(signer.package)
    return signer


def open_provider(folder: Path, provider: str, secret: str) -> Provider:
    text = (
        f'[sources.web]\nprovider = "{provider}"\nboard = "BOARD"\nplatform = "Web"\n'
        f'secret = "SECRET"\n{_TWILIO if provider == "twilio" else ""}'
    )
    public_url = "https://live.example.org"
    return open_sources(folder, BOARD, text, SECRET=secret, PUBLIC_URL=public_url)["web"].provider


def make_body(random: Random, provider: str) -> bytes:
    """Return a random body, of text in all alphabets; of Twilio, a form."""
    pieces = ["a", "Z", "0", '"', "{", " ", "\n", "\r\n", "\0", "&", "=", "+", "%", "é", "ß", "🎉"]

    def write(most: int) -> str:
        return "".join(random.choices(pieces, k=random.randrange(most)))

    if provider == "twilio":
        names = random.choices(["Body", "From", "MessageSid", "A", "AB"], k=random.randrange(1, 8))
        fields = [("AccountSid", _ACCOUNT), *((name, write(40)) for name in names)]
        return urlencode(fields).encode()
    return write(800).encode()


def change_text(random: Random, text: str, alphabet: str) -> str:
    """Return the text with one character, one of an alphabet, exchanged for another one of it."""
    place = random.choice([place for place, c in enumerate(text) if c in alphabet])
    other = random.choice([c for c in alphabet if c != text[place]])
    return text[:place] + other + text[place + 1 :]


def change_body(random: Random, provider: str, body: bytes) -> bytes:
    """Return the body with one byte changed; of a form, so that it has other fields."""
    while True:
        place = random.randrange(len(body) + 1)
        changed = body[:place] + bytes([random.randrange(32, 127)]) + body[place + 1 :]
        if provider != "twilio":
            if changed != body:
                return changed
        elif set(_read_form(changed)) != set(_read_form(body)):
            return changed


def _read_form(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode(), keep_blank_values=True, errors="backslashreplace")


def change_headers(random: Random, headers: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the headers with a digit of each changed, and so the signature and the time."""
    changed = []
    for name, whole in headers.items():
        is_list = name == "stripe-signature"
        parts = whole.split(",") if is_list else [whole]
        for place, part in enumerate(parts):
            begin = "" if name.endswith("timestamp") else part[:3]
            other = begin + change_text(random, part[len(begin) :], "0123456789")
            changed.append(
                {**headers, name: ",".join([*parts[:place], other, *parts[place + 1 :]])}
            )
    return changed


def has_digits(headers: Mapping[str, str]) -> bool:
    """Return whether each part has a digit to change after its beginning."""
    parts = [part for value in headers.values() for part in value.split(",")]
    return all(any(c.isdigit() for c in part[3:]) for part in parts if part != "v1")


def test_what_a_provider_signs_is_genuine_and_nothing_that_was_altered(
    signer: Signer, tmp_path: Path
) -> None:
    random, name = Random(signer.provider), signer.provider
    provider = open_provider(tmp_path, name, SECRETS[name])
    other = open_provider(tmp_path, name, OTHER_SECRETS[name])
    altered_headers = 0
    for _ in range(1000):
        body = make_body(random, name)
        request = Request(signer.sign(SECRETS[name], body, NOW), body, URL, NOW)
        assert is_genuine(provider, request)
        changed = change_body(random, name, body)
        assert not is_genuine(provider, request._replace(body=changed))
        assert not is_genuine(other, request)
        if has_digits(request.headers):
            for headers in change_headers(random, request.headers):
                altered_headers += 1
                assert not is_genuine(provider, request._replace(headers=headers))
    assert altered_headers > 900


GIFT = Gift("a1", Decimal("60.00"), "USD", 2, "Zoë 🎉", 'Für "alle"', Decimal(10))


def test_what_make_send_signs_is_genuine_for_the_libraries() -> None:
    webhook = find_library("standardwebhooks").Webhook(SECRETS["api"])
    for kind in ("gift", "correct", "withdraw"):
        sent = make_request("api", kind, GIFT, SECRETS["api"])
        assert webhook.verify(sent.body, sent.headers)["id"] == "a1"
    elsewhere = make_request("api", "gift", replace(GIFT, name="b1"), SECRETS["api"])
    with pytest.raises(Exception, match="No matching signature"):
        webhook.verify(sent.body, elsewhere.headers)


def test_what_make_send_signs_is_genuine_for_stripes_library() -> None:
    stripe = find_library("stripe")
    for kind in ("gift", "refund", "dispute-won"):
        sent = make_request("stripe", kind, GIFT, SECRETS["stripe"])
        event = stripe.Webhook.construct_event(
            sent.body, sent.headers["stripe-signature"], SECRETS["stripe"]
        )
        assert event.id.startswith("evt_a1")


TEXT = Text("t1", "Zoë", "Give 25 für RED 🎉 ")


@pytest.mark.parametrize("kind", ["pledge", "vote", "retry"])
def test_a_text_that_make_send_signs_is_genuine(kind: str, tmp_path: Path) -> None:
    line = Line(URL, SECRETS["twilio"], _ACCOUNT, "")
    sent = make_text(kind, TEXT, line)
    request = Request(sent.headers, sent.body, URL, NOW)
    signed = sign_twilio(SECRETS["twilio"], sent.body, NOW)
    assert signed["x-twilio-signature"] == sent.headers["x-twilio-signature"]
    assert is_genuine(open_provider(tmp_path, "twilio", SECRETS["twilio"]), request)
    assert not is_genuine(open_provider(tmp_path, "twilio", OTHER_SECRETS["twilio"]), request)


def test_a_text_of_make_send_keeps_its_id_and_its_sender() -> None:
    line = Line(URL, SECRETS["twilio"], _ACCOUNT, "+14155550100")

    def read(kind: str, text: Text) -> dict[str, str]:
        return dict(parse_qsl(make_text(kind, text, line).body.decode()))

    first, again = read("vote", TEXT), read("retry", TEXT)
    assert all(again[name] == first[name] for name in ("MessageSid", "From", "To", "Body"))
    assert again["ErrorUrl"] == URL
    other = read("vote", TEXT._replace(name="t2"))
    assert other["MessageSid"] != first["MessageSid"]
    assert other["From"] == first["From"]
