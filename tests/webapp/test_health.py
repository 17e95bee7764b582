from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.types import Message

from aggregates.message import format_time
from tests.webapp.states import AT, BOARD, SERVER, message, proof, show, snapshot, sums
from webapp.client import SendClient
from webapp.feed import Feed
from webapp.health import health_routes
from webapp.hub import Hub
from webapp.listener import Listener

pytestmark = pytest.mark.anyio


@pytest.fixture
def feeds() -> dict[str, Feed]:
    boards = [BOARD, replace(BOARD, name="gala")]
    return {board.name: Feed(board, "page-1") for board in boards}


@pytest.fixture
def hub(feeds: dict[str, Feed]) -> Hub:
    return Hub(feeds)


@pytest.fixture
async def client(feeds: dict[str, Feed], hub: Hub) -> AsyncIterator[httpx.AsyncClient]:
    listener = Listener("redis://127.0.0.1:1", feeds)
    app = Starlette(routes=health_routes(feeds, hub, listener))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tallyboard") as client:
        yield client
    await listener.close()


async def read_metrics(client: httpx.AsyncClient) -> dict[tuple[str, str], float]:
    """Return the metrics by name and board; the board is "" for those of the process."""
    reply = await client.get("/metrics")
    assert reply.status_code == 200
    return {
        (sample.name, sample.labels.get("board", "")): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


async def test_a_process_that_serves_is_healthy_whatever_redis_does(
    client: httpx.AsyncClient,
) -> None:
    reply = await client.get("/healthz")
    assert (reply.status_code, reply.text) == (200, "ok\n")


async def test_a_process_is_ready_when_every_board_was_read(
    client: httpx.AsyncClient, feeds: dict[str, Feed]
) -> None:
    reply = await client.get("/readyz")
    assert reply.status_code == 503
    assert reply.json()["ready"] is False
    assert reply.json()["boards"]["gala"]["reason"] == "Redis does not answer"
    show(feeds["gala"], None, SERVER)
    assert (await client.get("/readyz")).status_code == 503
    show(feeds["fundraiser"], snapshot(proof=proof(AT)), SERVER)
    reply = await client.get("/readyz")
    assert (reply.status_code, reply.json()["ready"]) == (200, True)
    assert {n: board["state"] for n, board in reply.json()["boards"].items()} == {
        "fundraiser": "live",
        "gala": "checking",
    }


async def test_a_process_that_lost_redis_is_not_ready(
    client: httpx.AsyncClient, feeds: dict[str, Feed]
) -> None:
    for feed in feeds.values():
        show(feed, snapshot(proof=proof(AT)), SERVER)
    feeds["gala"].set_offline()
    assert (await client.get("/readyz")).status_code == 503


async def test_readyz_says_whether_all_boards_are_live(
    client: httpx.AsyncClient, feeds: dict[str, Feed]
) -> None:
    for feed in feeds.values():
        show(feed, snapshot(), SERVER)
    assert (await client.get("/readyz")).json()["live"] is True
    show(feeds["gala"], snapshot(), SERVER, is_lost=True)
    reply = await client.get("/readyz")
    assert (reply.status_code, reply.json()["live"]) == (200, False)


async def test_boards_that_are_dark_for_a_minute_ring(
    client: httpx.AsyncClient, feeds: dict[str, Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    show(feeds["fundraiser"], snapshot(), SERVER)
    reply = await client.get("/livez")
    assert (reply.status_code, reply.json()) == (200, {"live": True, "dark": {}})
    monkeypatch.setattr("webapp.health.DARK_SECONDS", 0.0)
    reply = await client.get("/livez")
    assert reply.status_code == 503
    assert list(reply.json()["dark"]) == ["gala"]
    metrics = await read_metrics(client)
    assert metrics[("tallyboard_dark_boards", "")] == 1
    assert metrics[("tallyboard_board_not_live_seconds", "gala")] > 0
    assert metrics[("tallyboard_board_not_live_seconds", "fundraiser")] == 0
    assert 0 <= metrics[("tallyboard_board_chain_age_seconds", "fundraiser")] < 60


@pytest.mark.parametrize("time", ["yesterday", "", "2026-11-21T19:04:11", "0001-01-01T00:00:00Z"])
async def test_an_invalid_time_leaves_the_other_metrics(
    client: httpx.AsyncClient, feeds: dict[str, Feed], time: str
) -> None:
    """One bad key in Redis must not disable the monitoring."""
    show(feeds["gala"], snapshot(created=time, proof=proof(time)), SERVER)
    metrics = await read_metrics(client)
    assert metrics[("tallyboard_board_version", "gala")] == 7


async def test_metrics_are_in_prometheus_format(client: httpx.AsyncClient) -> None:
    reply = await client.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=")
    families = list(text_string_to_metric_families(reply.text))
    assert {family.type for family in families} == {"gauge", "counter"}
    assert all(family.name.startswith("tallyboard_") for family in families)
    assert all(family.documentation for family in families)


async def test_a_board_that_was_not_read_has_no_figures_in_the_metrics(
    client: httpx.AsyncClient,
) -> None:
    metrics = await read_metrics(client)
    assert metrics[("tallyboard_board_live", "gala")] == 0
    assert ("tallyboard_board_version", "gala") not in metrics
    assert ("tallyboard_rejected_items", "gala") not in metrics


async def test_metrics_tell_what_each_board_shows(
    client: httpx.AsyncClient, feeds: dict[str, Feed]
) -> None:
    created = datetime.now(UTC) - timedelta(seconds=60)
    show(
        feeds["gala"],
        snapshot(proof=proof(format_time(created)), rejected=3, created=format_time(created)),
        SERVER,
    )
    feeds["gala"].accept_message(message(8, rejected=4))
    metrics = await read_metrics(client)
    assert metrics[("tallyboard_board_live", "gala")] == 1
    assert metrics[("tallyboard_board_version", "gala")] == 8
    assert metrics[("tallyboard_rejected_items", "gala")] == 4
    assert 60 <= metrics[("tallyboard_newest_record_age_seconds", "gala")] < 120
    assert ("tallyboard_newest_record_age_seconds", "fundraiser") not in metrics


async def test_metrics_count_clients_and_what_was_done_for_them(
    client: httpx.AsyncClient, feeds: dict[str, Feed], hub: Hub
) -> None:
    async def send(_: Message) -> None: ...

    first = SendClient(send)
    hub.join("gala", first, None)
    hub.join("gala", SendClient(send), None)
    hub.frames, hub.tick_seconds = 5, 0.5
    gala = hub.audiences["gala"]
    gala.sent_bytes, gala.skipped, gala.dropped = 4, 3, 2
    metrics = await read_metrics(client)
    assert metrics[("tallyboard_clients", "gala")] == 2
    assert metrics[("tallyboard_clients", "fundraiser")] == 0
    assert metrics[("tallyboard_frames_total", "")] == 5
    assert metrics[("tallyboard_sent_bytes_total", "gala")] == 4
    assert metrics[("tallyboard_skipped_frames_total", "gala")] == 3
    assert metrics[("tallyboard_dropped_clients_total", "gala")] == 2
    assert metrics[("tallyboard_tick_seconds", "")] == 0.5
    assert 0 <= metrics[("tallyboard_listener_silence_seconds", "")] < 60
    hub.leave("gala", first)
    assert (await read_metrics(client))[("tallyboard_clients", "gala")] == 1


async def test_no_group_or_item_is_in_the_metrics(
    client: httpx.AsyncClient, feeds: dict[str, Feed]
) -> None:
    show(feeds["gala"], snapshot(totals={"donor@example.org": sums(1, 5)}), SERVER)
    assert "example.org" not in (await client.get("/metrics")).text
