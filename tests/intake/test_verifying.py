"""Only what a source itself has signed, lately, is read; all else is forged, and no error."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregates.board import Board
from aggregates.board_file import load_board
from intake.request import Provider, Request
from tests.conftest import ROOT
from tests.intake import vectors
from tests.intake.genuine import is_genuine
from tests.intake.senders import NOW, SENDERS, Sender, open_source, open_sources, sign_api

BOARD: Board = load_board(ROOT / "boards/fundraiser.toml")

VECTORS = [
    ("stripe", vectors.STRIPE_HEADERS, vectors.STRIPE_BODY, vectors.STRIPE_TIME),
    ("tiltify", vectors.TILTIFY_HEADERS, vectors.TILTIFY_BODY, vectors.TILTIFY_TIME),
    *(
        ("api", headers, body, at)
        for headers, body, at in zip(
            vectors.API_HEADERS, vectors.API_BODIES, vectors.API_TIMES, strict=True
        )
    ),
]


@pytest.fixture(params=SENDERS, scope="module")
def sender(request: pytest.FixtureRequest) -> Sender:
    return SENDERS[request.param]


@pytest.fixture(scope="module")
def open_provider(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Provider]:
    def open_(name: str) -> Provider:
        return open_source(tmp_path_factory.mktemp(name), BOARD, name).provider

    return open_


@pytest.fixture(scope="module")
def provider(sender: Sender, open_provider: Callable[[str], Provider]) -> Provider:
    return open_provider(sender.provider)


@pytest.mark.parametrize(("name", "headers", "body", "at"), VECTORS)
def test_what_a_provider_has_signed_is_genuine(
    name: str,
    headers: dict[str, str],
    body: bytes,
    at: datetime,
    open_provider: Callable[[str], Provider],
) -> None:
    request = Request(headers, body, "https://live.example.org/in/web", at)
    open_provider(name).verify(request)


@pytest.mark.parametrize(("name", "headers", "body", "at"), VECTORS)
def test_the_tests_sign_as_the_provider_does(
    name: str, headers: dict[str, str], body: bytes, at: datetime
) -> None:
    if name == "api":
        made = sign_api(SENDERS[name].secret, body, at, headers["webhook-id"])
    else:
        made = SENDERS[name].sign(body, at)
    assert made == headers


def test_a_thousand_random_bodies_are_genuine_and_none_that_was_altered(
    sender: Sender, provider: Provider
) -> None:
    random = Random(14)
    for _ in range(1000):
        body = random.randbytes(random.randrange(2000))
        request = sender.make(body)
        assert is_genuine(provider, request)
        place = random.randrange(len(body) + 1)
        altered = body[:place] + bytes([random.randrange(256)]) + body[place + 1 :]
        assert altered == body or not is_genuine(provider, request._replace(body=altered))


@pytest.mark.parametrize("seconds", [-299, 0, 299])
def test_a_time_about_now_is_accepted(sender: Sender, provider: Provider, seconds: int) -> None:
    assert is_genuine(provider, sender.make(b"{}", NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("direction", [-1, 1])
@pytest.mark.parametrize("more", [2, 31_536_000])
def test_another_time_is_a_replay_or_a_wrong_clock(
    sender: Sender, provider: Provider, direction: int, more: int
) -> None:
    away = direction * timedelta(seconds=sender.tolerance_seconds + more)
    assert not is_genuine(provider, sender.make(b"{}", NOW + away))


def test_a_request_that_was_genuine_is_a_replay_later(sender: Sender, provider: Provider) -> None:
    request = sender.make(b"{}")
    assert is_genuine(provider, request)
    assert is_genuine(provider, request._replace(now=NOW + timedelta(minutes=4)))
    later = NOW + timedelta(seconds=sender.tolerance_seconds + 60)
    assert not is_genuine(provider, request._replace(now=later))


def test_a_time_that_was_not_signed_does_not_help(sender: Sender, provider: Provider) -> None:
    old = sender.make(b"{}", NOW - timedelta(hours=1))
    new = sender.sign(b"{}", NOW)
    # The old signature under a new time.
    if sender.provider == "stripe":
        signature = old.headers["stripe-signature"].partition(",")[2]
        moment = new["stripe-signature"].partition(",")[0]
        headers = {"stripe-signature": f"{moment},{signature}"}
    else:
        headers = {**old.headers, sender.timestamp: new[sender.timestamp]}
    assert not is_genuine(provider, old._replace(headers=headers))


def test_another_secret_is_refused(sender: Sender, provider: Provider) -> None:
    other = "whsec_" + "QUJD" * 8
    headers = sender.sign_with(other, b"{}", NOW)
    assert not is_genuine(provider, sender.make(b"{}")._replace(headers=headers))


ODD = [
    "",
    " ",
    ",",
    "=",
    "v1",
    "v1,",
    "v1=",
    "t=",
    "t=x,v1=y",
    "t=1",
    "ÿ\x80",
    "т=1",
    "²",
    "0",
    "-1",
]


@pytest.mark.parametrize("odd", [None, *ODD, "a" * 60_000, "v1=aa," * 9000])
def test_an_odd_header_is_forged_and_no_error(
    sender: Sender, provider: Provider, odd: str | None
) -> None:
    request = sender.make(b"{}")
    for name in {sender.signature, sender.timestamp}:
        headers = {**request.headers}
        del headers[name]
        if odd is not None:
            headers[name] = odd
        assert not is_genuine(provider, request._replace(headers=headers))


ZONES = [UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12, seconds=1))]
# What Starlette makes of a header's bytes, and anything else.
HEADER = st.one_of(
    st.binary(max_size=80).map(lambda raw: raw.decode("latin-1")),
    st.text(max_size=80),
    st.from_regex(r"\A(t=\d{0,14}|v1[=,][0-9a-zA-Z+/=]{0,70}|[ ,=]){0,5}\Z"),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.datetimes(timezones=st.sampled_from(ZONES)).map(lambda moment: moment.isoformat()),
    st.integers(-(10**14), 10**14).map(str),
)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_no_header_is_an_error(sender: Sender, provider: Provider, data: Any) -> None:
    request = sender.make(b"{}")
    for name in request.headers:
        if data.draw(st.booleans()):
            headers = {**request.headers, name: data.draw(HEADER)}
            if headers != request.headers:
                request = request._replace(headers=headers)
    # A header that is as it was may stand beside others that are: only then it is genuine.
    assert is_genuine(provider, request) == (request.headers == sender.sign(b"{}"))


def test_a_secret_is_replaced_without_a_refusal(sender: Sender, tmp_path: Path) -> None:
    old, new = sender.secret, "whsec_" + "QUJD" * 8
    text = (
        f'[sources.web]\nprovider = "{sender.provider}"\nboard = "BOARD"\nplatform = "Web"\n'
        'secret = ["NEW", "OLD"]\n'
    )
    provider = open_sources(tmp_path, BOARD, text, NEW=new, OLD=old)["web"].provider
    for secret in (old, new):
        headers = sender.sign_with(secret, b"{}", NOW)
        assert is_genuine(provider, sender.make(b"{}")._replace(headers=headers))


@pytest.mark.parametrize(("name", "between"), [("stripe", ",v1="), ("api", " v1,")])
def test_one_of_several_signatures_is_enough(
    name: str, between: str, open_provider: Callable[[str], Provider]
) -> None:
    sender = SENDERS[name]
    request = sender.make(b"{}")
    wrong = sender.sign_with("whsec_" + "QUJD" * 8, b"{}", NOW)
    signature = request.headers[sender.signature].partition("v1")[2][1:]
    both = wrong[sender.signature] + between + signature
    headers = {**request.headers, sender.signature: both}
    assert is_genuine(open_provider(name), request._replace(headers=headers))
