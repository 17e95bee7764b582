"""Twilio's signature: its own vectors, and what must not pass."""

from random import Random
from urllib.parse import urlencode

import pytest

from intake.errors import Forged
from intake.providers.twilio.signing import parse_form, sign_form, verify_form
from intake.request import Request
from tests.intake.sweeps import START

TOKEN = "12345"
URL = "https://live.example.org/intake/twilio/fundraiser"
BODY = (
    b"ToCountry=US&MessageSid=SM00000000000000000000000000000001"
    b"&AccountSid=AC00000000000000000000000000000000&From=%2B14155550100&To=%2B14155550199"
    b"&Body=Give+25+f%C3%BCr+RED+%F0%9F%8E%89+&NumMedia=0&SmsStatus=received&NumSegments=1"
    b"&FromCity="
)
SHA1 = "k1yWLdg9F+RkKe8S/p6gixR3b1E="
SHA256 = "G5B183GGcJab2jLu80mWAklgiWFkzYtM+N8vUUp7WLk="


def ask(
    signature: str | None = SHA1, url: str = URL, body: bytes = BODY, settings: str = ""
) -> Request:
    headers = {} if signature is None else {"x-twilio-signature": signature}
    headers |= {"x-twilio-webhooks-signature-settings": settings} if settings else {}
    return Request(headers, body, url, START)


def verify(request: Request, *tokens: str) -> list[tuple[str, str]]:
    return verify_form(request, tokens or (TOKEN,))


def test_twilios_own_vectors() -> None:
    call = urlencode(
        {
            "CallSid": "CA1234567890ABCDE",
            "Digits": "1234",
            "From": "+14158675309",
            "To": "+18005551212",
            "Caller": "+14158675309",
        }
    )
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert verify(ask("RSOYDt4T1cUTdK1PDd93/VVr8B8=", url, call.encode()))
    repeated = b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234"
    assert verify(ask("IK+Dwps556ElfBT0I3Rgjkr1wJU=", url, repeated))


def test_a_text_with_blanks_accents_and_empty_fields() -> None:
    fields = dict(verify(ask()))
    assert fields["Body"] == "Give 25 für RED 🎉 "
    assert fields["FromCity"] == ""


def test_the_newer_algorithm_is_named_by_a_header() -> None:
    named = "key=SK1, algorithm=hmac_sha256"
    assert verify(ask(SHA256, settings=named))
    for signature, settings in ((SHA1, named), (SHA256, "")):
        with pytest.raises(Forged):
            verify(ask(signature, settings=settings))
    with pytest.raises(Forged, match="not known"):
        verify(ask(SHA1, settings="algorithm=none"))
    assert verify(ask(SHA1, settings="algorithm="))


def test_an_old_token_holds_while_it_is_replaced() -> None:
    assert verify(ask(), "another", TOKEN)


@pytest.mark.parametrize(
    "request_",
    [
        ask(None),
        ask(""),
        ask("k1yWLdg9F+RkKe8S/p6gixR3b1A="),
        ask("\udce4"),
        ask("ü" * 28),
        ask(url=URL.replace("https", "http")),
        ask(url=f"{URL}/"),
        ask(url=f"{URL}?x="),
        ask(url=URL.replace("live", "evil")),
        ask(body=BODY.removesuffix(b"&FromCity=")),
        ask(body=BODY.replace(b"+&NumMedia", b"&NumMedia")),
        ask(body=BODY + b"&Body=BLUE"),
        ask(body=BODY.replace(b"%BC", b"%00")),
        ask(body=BODY + b"&x=%ff"),
        ask(body=BODY + "&x=ü".encode()),
        ask(body=b"&".join([b"a=1"] * 1000)),
        ask(body=b""),
    ],
    ids=range(17),
)
def test_anything_else_is_forged(request_: Request) -> None:
    with pytest.raises(Forged):
        verify(request_)


@pytest.mark.parametrize("port", ["", ":443"])
def test_a_port_may_be_signed_or_not(port: str) -> None:
    signed = URL.replace(".org", f".org{port}")
    signature = sign_form(TOKEN, signed, parse_form(BODY)).decode()
    assert verify(ask(signature, URL))
    assert verify(ask(signature, URL.replace(".org", ".org:443")))
    with pytest.raises(Forged):
        verify(ask(signature, URL.replace(".org", ".com")))


def test_one_changed_byte_of_a_body_is_seen() -> None:
    random = Random(1)
    for _ in range(300):
        place = random.randrange(len(BODY))
        changed = BODY[:place] + bytes([random.randrange(33, 127)]) + BODY[place + 1 :]
        if set(_read(changed)) == set(_read(BODY)):
            continue
        with pytest.raises(Forged):
            verify(replace_body(changed))


def replace_body(body: bytes) -> Request:
    return ask()._replace(body=body)


def _read(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_form(body)
    except Forged:
        return []
