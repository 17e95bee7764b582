"""What Stripe and Tiltify are asked, and what is made of their answers, good and bad ones."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from aggregates.board_file import load_board
from intake.errors import Incomplete, Unreachable
from intake.providers.stripe.events import EVENT_TYPES
from intake.request import Sweeper
from tests.conftest import ROOT, free_port
from tests.intake.asked_providers import NOBODY, SINCE, Tiltify, list_events
from tests.intake.events import CAMPAIGN, make_tiltify_event
from tests.intake.provider_api import Asked, Reply, StandIn, run_stand_in
from tests.intake.senders import NOW, open_source
from tests.intake.stripe_events import make_charge, make_event

BOARD: Board = load_board(ROOT / "boards/fundraiser.toml")


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with run_stand_in() as running:
        yield running


@pytest.fixture
def open_sweeper(stand_in: StandIn, tmp_path: Path) -> Callable[[str], Sweeper]:
    more = {
        "stripe": 'api_key = "KEY"\n',
        "tiltify": (
            f'client_id = "ID"\nclient_secret = "CLIENT_SECRET"\ncampaign = "{CAMPAIGN}"\n'
        ),
    }

    def open_(provider: str, url: str = "") -> Sweeper:
        address = f'api_url = "{url or stand_in.url}"\n'
        sweeper = open_source(tmp_path, BOARD, provider, more[provider] + address).sweeper
        assert sweeper is not None
        return sweeper

    return open_


def sweep(sweeper: Sweeper, since: datetime = SINCE, now: datetime = NOW) -> list[Any]:
    return list(sweeper.sweep(since, NOBODY, now))


def test_stripe_is_asked_for_what_was_not_delivered_page_by_page(
    stand_in: StandIn, open_sweeper: Any
) -> None:
    charges = [make_charge(payment_intent=f"pi_{n}") for n in range(7)]
    events = [make_event("charge.succeeded", charge) for charge in charges]
    events[3]["livemode"] = False
    stand_in.answer = list_events(events, 3)
    updates = sweep(open_sweeper("stripe"))
    assert [u.donation_id for u in updates] == [f"stripe:pi_{n}" for n in (0, 1, 2, 4, 5, 6)]
    assert not any(update.is_look for update in updates)
    assert [asked.query.get("starting_after") for asked in stand_in.asked] == [
        None,
        events[2]["id"],
        events[5]["id"],
    ]
    first = stand_in.asked[0]
    assert first.path == "/v1/events"
    assert first.query["delivery_success"] == "false"
    # An hour more than asked for.
    assert int(first.query["created[gte]"]) == int(SINCE.timestamp()) - 3600
    assert [value for name, value in first.pairs if name == "types[]"] == list(EVENT_TYPES)
    # More than Stripe takes in one question.
    assert len(EVENT_TYPES) <= 20
    assert first.headers["authorization"] == "Bearer rk_live_1"


def test_stripe_is_not_asked_for_what_it_has_no_more(stand_in: StandIn, open_sweeper: Any) -> None:
    stand_in.answer = list_events([], 3)
    assert sweep(open_sweeper("stripe"), since=NOW - timedelta(days=400)) == []
    oldest = int(stand_in.asked[0].query["created[gte]"])
    assert oldest == int((NOW - timedelta(days=30)).timestamp())


def test_an_event_that_cannot_be_read_hides_no_other_and_is_told(
    stand_in: StandIn, open_sweeper: Any
) -> None:
    odd = make_event("charge.succeeded", make_charge(currency="xyz"))
    good = make_event("charge.succeeded", make_charge())
    stand_in.answer = list_events([odd, good], 1)
    updates = open_sweeper("stripe").sweep(SINCE, NOBODY, NOW)
    assert next(updates).donation_id == "stripe:pi_1"
    with pytest.raises(Incomplete, match="1 events of Stripe cannot be read: currency is 'XYZ'"):
        next(updates)


def make_rows(count: int) -> list[dict[str, Any]]:
    return [make_tiltify_event(id=f"don-{number}")["data"] for number in range(count)]


def test_tiltify_is_asked_for_a_campaigns_donations_page_by_page(
    stand_in: StandIn, open_sweeper: Any
) -> None:
    stand_in.answer = Tiltify(make_rows(5), page=2).answer
    updates = sweep(open_sweeper("tiltify"))
    assert [update.donation_id for update in updates] == [f"tiltify:don-{n}" for n in range(5)]
    assert all(update.is_look for update in updates)
    charge = updates[0].state.charge
    assert charge is not None
    assert charge.order == int(NOW.timestamp() * 1_000_000)
    token, *pages = stand_in.asked
    assert (token.method, token.path) == ("POST", "/oauth/token")
    assert {asked.path for asked in pages} == {f"/api/public/campaigns/{CAMPAIGN}/donations"}
    assert [asked.query.get("after") for asked in pages] == [None, "2", "4"]
    assert pages[0].query["completed_after"] == "2026-11-21T17:00:00Z"
    assert pages[0].query["limit"] == "100"


def test_the_first_time_tiltify_is_asked_for_all(stand_in: StandIn, open_sweeper: Any) -> None:
    stand_in.answer = Tiltify(make_rows(1)).answer
    assert len(sweep(open_sweeper("tiltify"), since=datetime(1970, 1, 1, tzinfo=UTC))) == 1
    assert "completed_after" not in stand_in.asked[1].query


def test_a_token_is_used_until_it_ends(stand_in: StandIn, open_sweeper: Any) -> None:
    api = Tiltify(make_rows(1))
    stand_in.answer = api.answer
    sweeper = open_sweeper("tiltify")
    for minutes in (0, 60, 118):
        assert len(sweep(sweeper, now=NOW + timedelta(minutes=minutes))) == 1
    assert api.tokens == 1
    assert len(sweep(sweeper, now=NOW + timedelta(minutes=119))) == 1
    assert api.tokens == 2


def test_a_token_that_was_taken_back_is_asked_for_again(
    stand_in: StandIn, open_sweeper: Any
) -> None:
    api = Tiltify(make_rows(1))
    stand_in.answer = api.answer
    sweeper = open_sweeper("tiltify")
    assert len(sweep(sweeper)) == 1
    api.tokens += 5
    with pytest.raises(Unreachable, match="refuses us"):
        sweep(sweeper)
    assert len(sweep(sweeper)) == 1


def test_a_list_that_does_not_go_on_ends(stand_in: StandIn, open_sweeper: Any) -> None:
    api = Tiltify(make_rows(1))

    def answer(asked: Asked) -> Reply:
        reply = api.answer(asked)
        if "metadata" in reply.body:
            reply.body["metadata"]["after"] = "0"
        return reply

    stand_in.answer = answer
    with pytest.raises(Unreachable, match="does not go on"):
        sweep(open_sweeper("tiltify"))


def test_a_donation_that_cannot_be_read_hides_no_other_and_is_told(
    stand_in: StandIn, open_sweeper: Any
) -> None:
    rows = make_rows(3)
    rows[1]["amount"] = "82.95"
    stand_in.answer = Tiltify(rows).answer
    updates = open_sweeper("tiltify").sweep(SINCE, NOBODY, NOW)
    assert [next(updates).donation_id for _ in range(2)] == ["tiltify:don-0", "tiltify:don-2"]
    with pytest.raises(Incomplete, match="1 donations at Tiltify"):
        next(updates)


BAD = [
    Reply(status=429),
    Reply(status=500),
    Reply(b"<html>", 502),
    Reply({}, 404),
    Reply(status=302, headers={"location": "http://127.0.0.1:9/elsewhere"}),
    Reply(b""),
    Reply(b"<html>we are down</html>"),
    Reply(b"\xff"),
    Reply(b"[" * 50_000),
    Reply([]),
    Reply({}),
    Reply({"data": 7, "has_more": False, "metadata": {}}),
    Reply({"data": {}, "has_more": False, "access_token": "x", "expires_in": 60}),
    Reply({"data": [], "has_more": True, "access_token": "a\nb", "expires_in": 60}),
    Reply({"data": [{}], "has_more": True, "access_token": "", "expires_in": 60}),
    Reply({"data": [7], "has_more": True, "access_token": "x", "expires_in": "soon"}),
    Reply({"data": [], "metadata": {"after": ["x"]}, "access_token": "x", "expires_in": -1}),
    Reply(b" " * 100, headers={"content-encoding": "gzip"}),
    Reply(b"{}", headers={"content-length": "100000"}),
]


@pytest.mark.parametrize("reply", BAD)
@pytest.mark.parametrize("provider", ["stripe", "tiltify"])
def test_a_bad_answer_is_unreachable_and_says_no_secret(
    provider: str, reply: Reply, stand_in: StandIn, open_sweeper: Any
) -> None:
    closing = Reply(reply.body, reply.status, {**reply.headers, "connection": "close"})
    stand_in.answer = lambda _: closing
    with pytest.raises(Unreachable) as caught:
        sweep(open_sweeper(provider))
    assert "rk_live" not in str(caught.value)
    assert "shh" not in str(caught.value)


@pytest.mark.parametrize("provider", ["stripe", "tiltify"])
def test_nobody_there_is_unreachable(provider: str, open_sweeper: Any) -> None:
    with pytest.raises(Unreachable):
        sweep(open_sweeper(provider, f"http://127.0.0.1:{free_port()}"))
