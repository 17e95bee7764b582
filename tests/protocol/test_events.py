"""The events that a screen gets are those that docs/protocol.md shows."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from aggregates.batch import Change
from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.message import decode_message
from aggregates.scripts import read_snapshot, read_standing
from aggregates.server_id import read_server_id
from tests.conftest import ROOT
from tests.protocol.full import apply, count_everything
from tests.protocol.text import EXAMPLES, read_rows, shape
from tests.stream_events import donation
from tests.webapp.states import note_chain
from webapp.feed import Feed
from webapp.following import Step
from webapp.look import Faces

pytestmark = pytest.mark.anyio


@pytest.fixture
async def feed(
    redis: Redis, redis_url: str, full_board: Board, heard: Callable[[], list[dict[str, Any]]]
) -> Feed:
    """Return a feed that has read a full board from Redis."""
    count_everything(redis, full_board)
    heard()
    note_chain(redis, full_board)
    feed = Feed(full_board, "5d0c1f2ab34e", Faces(ROOT / "static").tell)
    keys = board_keys(full_board.name)
    server = read_server_id(redis, keys.meta)
    feed.accept_standing(read_standing(redis, keys), server)
    async with AsyncRedis.from_url(redis_url) as client:
        feed.accept_snapshot(await read_snapshot(client, full_board), server)
    return feed


def read_event(frame: bytes | None, event: str) -> dict[str, Any]:
    assert frame is not None
    [data] = re.findall(rf"^event: {event}\ndata: (.*)$", frame.decode(), re.MULTILINE)
    fields: dict[str, Any] = json.loads(data)
    return fields


async def test_the_snapshot_example_has_exactly_the_fields_that_are_sent(feed: Feed) -> None:
    # A bucket is recent only by today's clock; it has the form of a point.
    sent = json.loads(feed.snapshot_text())
    sent["timeline"]["recent"] = sent["timeline"]["points"]
    assert shape(sent) == shape(EXAMPLES["snapshot"])
    assert read_event(feed.take_frame(), "snapshot").keys() == EXAMPLES["snapshot"].keys()


async def test_the_update_example_has_exactly_the_fields_that_are_sent(
    feed: Feed, redis: Redis, heard: Callable[[], list[dict[str, Any]]]
) -> None:
    feed.take_frame()
    now = datetime.now(UTC)
    big = donation("d-9", amount=2000, donated_at=now.isoformat())
    apply(redis, feed.board, Change("d-5", 10, None), Change("d-9", 11, big))
    [published] = heard()
    assert feed.accept_message(decode_message(json.dumps(published))) is Step.FOLLOW
    sent = read_event(feed.take_frame(), "update")
    assert sent["reached"]
    assert sent["totals"]["Phone"] is None
    assert sent["ticker"]["put"]
    # The example is a frame without new ticker items.
    sent["ticker"]["put"] = []
    assert {**shape(sent), "reached": None} == {**shape(EXAMPLES["update"]), "reached": None}


async def test_the_status_example_has_exactly_the_fields_that_are_sent(feed: Feed) -> None:
    assert shape(read_event(feed.status_frame(), "status")) == shape(EXAMPLES["status"])


async def test_the_panel_example_has_exactly_the_fields_that_are_sent(feed: Feed) -> None:
    example = EXAMPLES["panel"]
    feed.panels.accept_text(json.dumps(example).encode())
    assert read_event(feed.take_frame(), "panel") == example


async def test_every_state_of_a_feed_is_listed_with_whether_it_is_live(feed: Feed) -> None:
    listed = {state.strip("`"): live == "true" for state, live, _ in read_rows("Events")}
    assert listed == {"live": True, "checking": False, "offline": False}
    told = {feed.status.state: feed.live}
    feed.set_offline()
    told[feed.status.state] = feed.live
    feed.accept_snapshot(None, "")
    told[feed.status.state] = feed.live
    assert told == listed
