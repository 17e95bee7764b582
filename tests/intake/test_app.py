"""Requests over HTTP: each is answered as it deserves, and only once it is kept."""

import base64
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from aggregates.board import Board
from donations.item import Item
from intake.app import MAX_BODY_BYTES
from intake.intake import Intake
from intake.request import Request
from intake.sources_file import OpenSource
from intake.store import Kept
from tests.conftest import free_port
from tests.intake.senders import SENDERS, open_sources
from tests.intake.served import PUBLIC_URL, Reply, Served, serve_intake
from tests.intake.stripe_events import encode, make_charge, make_event
from tests.intake.written import read_item

STRIPE, API = SENDERS["stripe"], SENDERS["api"]
TEXT = "".join(
    f'[sources.{name}]\nprovider = "{name}"\nboard = "BOARD"\nplatform = "Website"\n'
    f'secret = "{name.upper()}"\n'
    for name in SENDERS
)
PAID = encode(make_event("charge.succeeded", make_charge()))


class Line:
    """A client of DynamoDB whose line can be cut."""

    def __init__(self, client: Any) -> None:
        self.whole = self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def cut(self) -> None:
        """Have all calls find nobody there."""
        self._client = boto3.client(
            "dynamodb",
            endpoint_url=f"http://127.0.0.1:{free_port()}",
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(connect_timeout=1, retries={"total_max_attempts": 1}, proxies={}),
        )


class Desk:
    """The intake of all providers on one board, and what was kept on the disk."""

    def __init__(self, dynamodb: Any, board: Board, sources: dict[str, OpenSource]) -> None:
        self.board, self.line = board, Line(dynamodb)
        self.kept: list[tuple[Kept, Item | None]] = []
        self.keep_error: Exception | None = None
        self.intake = Intake(sources, self.line, self._keep)

    def _keep(self, kept: Sequence[Kept]) -> None:
        if self.keep_error is not None:
            raise self.keep_error
        # And what DynamoDB has at that moment.
        self.kept += [(one, self.item) for one in kept]

    @property
    def item(self) -> Item | None:
        return read_item(self.line.whole, self.board)

    def list_rows(self, prefix: str) -> list[Item]:
        found = self.line.whole.scan(TableName=f"{self.board.table}-intake")["Items"]
        return [row for row in found if row["id"]["S"].startswith(prefix)]

    def count(self, source: str) -> Mapping[str, int]:
        return self.intake.heard.sources[source].counts


@pytest.fixture
def desk(dynamodb: Any, gala: Board, tmp_path: Path) -> Desk:
    return Desk(dynamodb, gala, open_sources(tmp_path, gala, TEXT))


@pytest.fixture
def served(desk: Desk) -> Iterator[Served]:
    with serve_intake(desk.intake) as running:
        yield running


@pytest.fixture(autouse=True)
def say_no_secret(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Hold every test to this: no log has a secret, or what a donor wrote."""
    caplog.set_level(logging.DEBUG, "tallyboard")
    yield
    said = "\n".join(record.getMessage() for record in caplog.get_records("call"))
    for text in (*(sender.secret for sender in SENDERS.values()), "Ada", "ada@example.org", "4242"):
        assert text not in said


Send = Callable[[bytes], Reply]


@pytest.fixture
def send(served: Served) -> Send:
    return lambda body: served.post("stripe", body, STRIPE.sign(body))


def test_a_donation_is_answered_when_dynamodb_and_the_disk_have_it(desk: Desk, send: Send) -> None:
    reply = send(PAID)
    assert (reply.status, reply.text) == (200, "ok\n")
    assert desk.item is not None
    assert desk.item["amount"] == {"N": "50"}
    kept = {table: image for (table, name, image), _ in desk.kept if name == "stripe:pi_1"}
    assert kept[desk.board.table] == desk.item
    assert kept[f"{desk.board.table}-intake"] is not None
    # It was in the table before it was given to the disk.
    assert all(seen == desk.item for (_, name, _), seen in desk.kept if name == "stripe:pi_1")


def test_the_api_says_what_it_has_taken(served: Served) -> None:
    body = (
        b'{"donations": [{"id": "a", "amount": "5", "currency": "USD", "donatedAt": 1795287851},'
        b'{"id": "b", "amount": "6", "currency": "USD", "donatedAt": 1795287851}]}'
    )
    first, again = (served.post("api", body, API.sign(body)) for _ in range(2))
    assert (first.status, first.text) == (200, '{"taken": 2, "changed": 2}\n')
    assert first.headers["content-type"] == "application/json"
    assert again.text == '{"taken": 2, "changed": 0}\n'


def test_an_unknown_source_is_404(served: Served) -> None:
    reply = served.post("elsewhere", PAID, STRIPE.sign(PAID))
    assert (reply.status, reply.text) == (404, "There is no source 'elsewhere'.\n")
    assert served.talk("GET /in/stripe HTTP/1.1").status == 405


@pytest.mark.parametrize("name", SENDERS)
def test_a_bad_signature_is_401_and_nothing_is_read(
    name: str, served: Served, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    headers = SENDERS[name].sign(PAID + b" ")
    reply = served.post(name, PAID, headers)
    assert reply.status == 401
    assert "not that of this source's secret" in reply.text
    assert served.post(name, PAID, {}).status == 401
    assert desk.count(name) == {"refused": 2}
    assert desk.list_rows("") == []
    assert f"source {name}: a request was refused" in caplog.text


def test_what_its_sender_can_correct_is_400(served: Served, desk: Desk) -> None:
    body = b'{"id": "a", "amount": "5.001", "currency": "USD", "donatedAt": 1795287851}'
    reply = served.post("api", body, API.sign(body))
    assert reply.status == 400
    assert "5.001" in reply.text
    assert desk.count("api") == {"malformed": 1}
    assert desk.list_rows("parked:") == []


@pytest.mark.parametrize(
    "body",
    [
        encode(make_event("charge.succeeded", make_charge(amount_captured="a lot"))),
        b"no JSON of Ada's",
        # As large as it may be.
        b'{"type": 7, "padding": "' + b"x" * (MAX_BODY_BYTES - 26) + b'"}',
    ],
)
def test_what_this_version_cannot_read_is_kept_whole_and_alarmed(
    body: bytes, desk: Desk, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(body).status == 200
    assert send(body).status == 200
    [row] = desk.list_rows("parked:stripe:")
    assert base64.b64decode(row["body"]["S"]) == body
    assert row["why"]["S"]
    assert desk.count("stripe") == {"unreadable": 2}
    [record, _] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "cannot be read and is kept" in record.getMessage()


def test_our_own_mistake_keeps_the_request_instead_of_the_providers_retries(
    desk: Desk, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Request) -> None:
        raise KeyError("Ada")

    monkeypatch.setattr(desk.intake.sources["stripe"].provider, "read", fail)
    assert send(PAID).status == 200
    [row] = desk.list_rows("parked:")
    assert row["why"]["S"] == "KeyError while it was read"


def test_test_money_is_answered_and_not_counted(desk: Desk, send: Send) -> None:
    event = make_event("charge.succeeded", make_charge(), livemode=False)
    assert send(encode(event)).status == 200
    assert desk.count("stripe") == {"ignored": 1}
    assert "test money" in desk.intake.heard.sources["stripe"].ignored
    assert desk.list_rows("stripe:") == []
    assert desk.item is None


def test_while_dynamodb_is_away_it_is_503_and_later_it_counts_once(
    desk: Desk, send: Send, served: Served
) -> None:
    desk.line.cut()
    reply = send(PAID)
    assert (reply.status, reply.text) == (503, "This could not be kept; please send it again.\n")
    # What is kept for somebody to look at has to be kept, too.
    assert send(b"no JSON").status == 503
    # These write nothing that matters.
    assert served.post("stripe", PAID, {}).status == 401
    assert served.post("api", b"{}", API.sign(b"{}")).status == 400
    desk.line = Line(desk.line.whole)
    desk.intake = Intake(desk.intake.sources, desk.line, desk._keep)
    with serve_intake(desk.intake) as again:
        assert again.post("stripe", PAID, STRIPE.sign(PAID)).status == 200
        assert again.post("stripe", PAID, STRIPE.sign(PAID)).status == 200
    assert desk.item is not None
    assert desk.count("stripe") == {"changed": 1, "known": 1}


def test_while_the_disk_is_full_it_is_503_though_dynamodb_has_it(desk: Desk, send: Send) -> None:
    desk.keep_error = OSError("the disk is full")
    assert send(PAID).status == 503
    assert desk.item is not None
    desk.keep_error = None
    assert send(PAID).status == 200
    assert [name for (_, name, _), _ in desk.kept].count("stripe:pi_1") == 2


def test_a_body_has_at_most_256_kb(served: Served, desk: Desk) -> None:
    padded = PAID + b" " * (MAX_BODY_BYTES - len(PAID))
    assert served.post("stripe", padded, STRIPE.sign(padded)).status == 200
    assert desk.item is not None
    # Refused before any of it has come.
    length = f"content-length: {MAX_BODY_BYTES + 1}"
    reply = served.talk("POST /in/stripe HTTP/1.1", length)
    assert (reply.status, reply.text) == (413, "The body is larger than 256 KB.\n")
    assert served.talk("POST /in/stripe HTTP/1.1", f"content-length: {'9' * 18}").status == 413


@pytest.mark.parametrize(("more", "status"), [(0, 401), (1, 413)])
def test_a_body_of_unknown_length_is_counted_as_it_comes(
    more: int, status: int, served: Served
) -> None:
    part = b" " * 65_536
    chunks = b"".join(
        b"%x\r\n%b\r\n" % (len(data), data) for data in [part] * 4 + [b" " * more] if data
    )
    reply = served.talk(
        "POST /in/stripe HTTP/1.1", "transfer-encoding: chunked", body=chunks + b"0\r\n\r\n"
    )
    assert reply.status == status


def test_a_body_that_does_not_come_ends_with_408(desk: Desk) -> None:
    with serve_intake(desk.intake, body_seconds=0.05) as served:
        reply = served.talk("POST /in/stripe HTTP/1.1", "content-length: 100", body=b"{")
    assert (reply.status, reply.text) == (408, "The body came too slowly.\n")


def test_a_header_that_comes_twice_is_no_providers(served: Served, desk: Desk) -> None:
    [signature] = STRIPE.sign(PAID).values()
    line = f"stripe-signature: {signature}"
    for other in (line, "stripe-signature: t=1,v1=00", "Stripe-Signature:"):
        for lines in ((line, other), (other, line)):
            reply = served.talk(
                "POST /in/stripe HTTP/1.1", *lines, f"content-length: {len(PAID)}", body=PAID
            )
            assert reply.status == 401
    assert desk.item is None


@pytest.mark.parametrize("value", ["t=1\x00,v1=00", "ÿþ\x7f", "\x80", "t=²,v1=½", "x" * 30_000])
def test_a_hostile_header_is_no_error(value: str, served: Served) -> None:
    reply = served.talk(
        "POST /in/stripe HTTP/1.1", f"stripe-signature: {value}", "content-length: 2", body=b"{}"
    )
    assert reply.status in (400, 401)


def test_a_line_break_in_an_address_or_a_header_makes_no_header(served: Served) -> None:
    reply = served.talk("POST /in/x%0d%0aset-cookie:%20a=b HTTP/1.1", "content-length: 0")
    assert reply.status == 404
    assert "set-cookie" not in reply.headers
    assert reply.text == "There is no source 'x\\r\\nset-cookie: a=b'.\n"
    folded = served.talk(
        "POST /in/stripe HTTP/1.1",
        "stripe-signature: t=1,",
        " v1=00",
        "content-length: 2",
        body=b"{}",
    )
    assert folded.status in (400, 401)


def test_the_address_is_what_the_provider_was_given_whatever_a_header_says(
    served: Served, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Request] = []
    provider = desk.intake.sources["stripe"].provider
    verify = provider.verify

    def note(request: Request) -> None:
        seen.append(request)
        verify(request)

    monkeypatch.setattr(provider, "verify", note)
    headers = {
        **STRIPE.sign(PAID),
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "gopher",
        "x-original-url": "/elsewhere",
    }
    address = "POST /in/stripe?a=%20b&c HTTP/1.1"
    lines = [f"{name}: {value}" for name, value in headers.items()]
    reply = served.talk(address, *lines, f"content-length: {len(PAID)}", body=PAID)
    assert reply.status == 200
    assert [request.url for request in seen] == [f"{PUBLIC_URL}/in/stripe?a=%20b&c"]


def test_an_address_with_a_slash_at_its_end_is_the_same(desk: Desk, served: Served) -> None:
    reply = served.post("stripe/", PAID, STRIPE.sign(PAID))
    assert (reply.status, reply.text) == (200, "ok\n")
    assert desk.count("stripe")["changed"] == 1
    reply = served.post("elsewhere/", b"{}", {})
    assert (reply.status, reply.text) == (404, "There is no source 'elsewhere'.\n")
    assert served.post("stripe/x", PAID, STRIPE.sign(PAID)).status == 404


def test_a_flood_of_forged_requests_is_one_line_a_minute(
    desk: Desk, send: Send, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(30):
        assert served.post("stripe", PAID, {"stripe-signature": "t=1,v1=00"}).status == 401
    assert served.post("tiltify", b"{}", {}).status == 401
    refused = [r.getMessage() for r in caplog.records if "was refused" in r.getMessage()]
    assert [line.partition(":")[0] for line in refused] == ["source stripe", "source tiltify"]
    assert desk.count("stripe")["refused"] == 30
    assert send(PAID).status == 200
