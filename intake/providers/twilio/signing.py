"""Twilio's signature, over the address it was given and the fields of the form.

https://www.twilio.com/docs/usage/webhooks/webhooks-security. It has no time: `MessageSid` is the
only guard against a repeat.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlsplit

from intake.errors import Forged
from intake.request import Request
from intake.signature import require_any, sign_base64

_ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_MAX_FIELDS = 300

FormFields = list[tuple[str, str]]


def verify_form(request: Request, tokens: Sequence[str]) -> FormFields:
    """Return the fields of a form that one of the tokens has signed; raise `Forged`."""
    fields = parse_form(request.body)
    given = request.headers.get("x-twilio-signature", "")
    algorithm = _read_algorithm(request.headers.get("x-twilio-webhooks-signature-settings", ""))
    expected = [
        sign_form(token, url, fields, algorithm)
        for token in tokens
        for url in _list_spellings(request.url)
    ]
    require_any(expected, [given])
    return fields


def sign_form(token: str, url: str, fields: FormFields, algorithm: str = "sha1") -> bytes:
    """Return the signature of a form that was sent to an address."""
    # Equal pairs count once; blank values and blanks are as they came.
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return sign_base64(token.encode(), text.encode(), algorithm)


def parse_form(body: bytes) -> FormFields:
    """Return a form's fields, all of them; raise `Forged` for what is no form."""
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise Forged("the body is no form") from None


def _read_algorithm(settings: str) -> str:
    """Return the algorithm that a header such as `key=…,algorithm=HMAC_SHA256` names."""
    pairs = (part.partition("=") for part in settings.split(","))
    named = [value.strip() for name, _, value in pairs if name.strip() == "algorithm"]
    algorithm = _ALGORITHMS.get(named[0].upper() if named and named[0] else "HMAC_SHA1")
    if algorithm is None:
        raise Forged("the signature is of an algorithm that is not known here")
    return algorithm


def _list_spellings(url: str) -> Iterable[str]:
    """Return an address with and without its port: Twilio signs either."""
    parts = urlsplit(url)
    usual = 443 if parts.scheme == "https" else 80
    host = parts.hostname or ""
    for place in (host, f"{host}:{parts.port or usual}"):
        yield f"{parts.scheme}://{place}{url.partition('://')[2].removeprefix(parts.netloc)}"
