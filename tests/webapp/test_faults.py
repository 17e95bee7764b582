"""What a screen is told when Redis fails, comes back empty, or was never there."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from aggregates.board_file import load_board
from aggregates.keys import CHANNEL, board_keys
from aggregates.schema import SCHEMA
from aggregates.scripts import read_standing
from tests.conftest import ROOT, RedisServer
from tests.waiting import wait_for
from tests.webapp.chain import Chain, is_state, is_total
from tests.webapp.serving import curl, serve
from tests.webapp.states import note_chain
from webapp.trust import OTHER_DEFINITION


@pytest.fixture
def board_file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return a board file with a table for the test."""
    text = (ROOT / "boards/fundraiser.toml").read_text()
    file = tmp_path / "gala.toml"
    table = re.sub(r"[^a-z_]", "-", request.node.name)
    file.write_text(text.replace('"donations"', f'"{table}"'))
    return file


@pytest.fixture
def chain(redis_server: RedisServer, dynamodb: Any, board_file: Path) -> Iterator[Chain]:
    with Redis.from_url(redis_server.url) as redis:
        yield Chain(redis, redis_server, dynamodb, board_file)


def test_a_server_without_redis_serves_says_so_and_is_live_soon_after(chain: Chain) -> None:
    chain.server.kill()
    with chain.showing() as (web, screen):
        screen.wait_for(is_state("offline"))
        assert httpx.get(f"{web.url}/").status_code == 200
        assert httpx.get(f"{web.url}/readyz").status_code == 503
        assert httpx.get(f"{web.url}/api/boards/gala").status_code == 503
        chain.server.start()
        chain.give(1, 25)
        screen.wait_for(is_state("checking"), timeout_seconds=5)
        chain.prove()
        screen.wait_for(is_state("live"), timeout_seconds=5)
        assert httpx.get(f"{web.url}/readyz").status_code == 200
        assert httpx.get(f"{web.url}/api/boards/gala").json()["totals"]["ALL"]["amount"] == 2500


def test_redis_emptied_keeps_the_figures_until_they_are_proven_again(chain: Chain) -> None:
    chain.give(1, 25)
    chain.prove()
    with chain.showing() as (web, screen):
        screen.wait_for(is_total(2500))
        screen.wait_for(is_state("live"))
        chain.server.kill()
        screen.wait_for(is_state("offline"), timeout_seconds=5)
        chain.server.start()
        # Redis has only this donation now; a screen that showed it would show too little.
        chain.give(2, 10)
        screen.wait_for(is_state("checking"), timeout_seconds=5)
        shown = httpx.get(f"{web.url}/api/boards/gala").json()
        assert shown["totals"]["ALL"]["amount"] == 2500
        assert shown["status"]["live"] is False
        assert not [event for event in screen.events if event.name != "status"]
        chain.prove()
        screen.wait_for(is_total(3500), timeout_seconds=5)
        screen.wait_for(is_state("live"), timeout_seconds=5)
        chain.give(3, 1)
        screen.wait_for(is_total(3600), timeout_seconds=5)


def test_a_redis_that_stops_answering_is_noticed_although_its_connections_stay(
    chain: Chain,
) -> None:
    with chain.showing() as (web, screen):
        chain.give(1, 25)
        chain.prove()
        screen.wait_for(is_state("live"))
        chain.server.freeze()
        screen.wait_for(is_state("offline"), timeout_seconds=12)
        assert httpx.get(f"{web.url}/healthz").status_code == 200
        chain.server.thaw()
        screen.wait_for(is_state("live"), timeout_seconds=12)
        chain.give(2, 5)
        screen.wait_for(is_total(3000))


def test_a_refund_lowers_what_curl_sees(chain: Chain) -> None:
    with chain.showing() as (_, screen):
        chain.prove()
        chain.give(1, 25)
        screen.wait_for(is_total(2500))
        chain.refund(2, given=1)
        update = screen.wait_for(is_total(0))
        assert update.data["totals"]["Phone"] is None
        assert "donor@example.org" not in str(screen.events)


def test_a_client_that_knows_the_state_is_spared_the_snapshot(chain: Chain) -> None:
    chain.give(1, 25)
    chain.prove()
    with serve(chain.server.url, chain.file) as web:
        with curl(f"{web.url}/events") as first:
            snapshot = first.wait_for(is_total(2500))
        with curl(f"{web.url}/events", "-H", f"Last-Event-ID: {snapshot.id}") as again:
            names = [again.wait_for(lambda _: True).name for _ in range(2)]
            assert names == ["control", "status"]
        with curl(f"{web.url}/events", "-H", "Last-Event-ID: 0123456789abcdef-1") as other:
            assert other.wait_for(lambda _: True).name == "snapshot"


def test_a_server_that_is_told_to_end_ends_its_streams(
    redis_server: RedisServer, board_file: Path
) -> None:
    """The last event says when to reconnect, and the answer is complete."""
    with (
        serve(redis_server.url, board_file) as web,
        httpx.stream("GET", f"{web.url}/events", timeout=10) as screen,
    ):
        lines = screen.iter_lines()
        assert any(line == "event: status" for line in lines)
        web.process.terminate()
        # An answer without its last chunk raises here.
        rest = list(lines)
        assert any(re.fullmatch(r"retry: ?\d+", line) for line in rest)
        web.process.wait(5)


def test_a_server_ends_also_after_a_flood_of_messages(chain: Chain) -> None:
    """Channels are not separated by database: another Tallyboard may publish on the same Redis."""
    flood = {"schema": SCHEMA, "board": chain.board.name, "epoch": "another", "version": 1}
    text = json.dumps(flood | {"at": "2026", "totals": {}, "rejected": 0})
    with chain.showing() as (web, screen):
        chain.prove()
        screen.wait_for(is_state("live"))
        for _ in range(10):
            pipe = chain.redis.pipeline(transaction=False)
            for _ in range(2000):
                pipe.publish(CHANNEL, text)
            pipe.execute()
        chain.give(1, 25)
        screen.wait_for(is_total(2500))
        screen.close()
        web.process.terminate()
        web.process.wait(5)


BAD_WORDS = {
    "brackets": "[" * 200_000,
    "objects": '{"a":' * 100_000,
    "a lone surrogate": '{"schema":%d,"board":"gala","epoch":"%s","version":%d,"at":"\\ud800",'
    '"created":"\\ud800","totals":{},"rejected":0}',
}


@pytest.mark.parametrize("words", BAD_WORDS.values(), ids=BAD_WORDS)
def test_one_message_ends_no_process(words: str, chain: Chain) -> None:
    """All processes get the same messages, so all of them would fail at once."""
    with chain.showing() as (web, screen):
        chain.prove()
        screen.wait_for(is_state("live"))
        if "%" in words:
            standing = read_standing(chain.redis, board_keys(chain.board.name))
            words %= (SCHEMA, standing.epoch, standing.version + 1)
        chain.redis.publish(CHANNEL, words)
        chain.give(1, 25)
        screen.wait_for(is_total(2500), timeout_seconds=5)
        wait_for(lambda: httpx.get(f"{web.url}/readyz").json()["live"])


def test_a_chain_that_stands_still_is_said_and_why(chain: Chain) -> None:
    with chain.showing() as (_, screen):
        chain.prove()
        screen.wait_for(is_state("live"))
        note_chain(chain.redis, chain.board, age_ms=61_000)
        chain.redis.hset(board_keys(chain.board.name).chain, "reason", "the function is disabled")
        told = screen.wait_for(is_state("checking"), timeout_seconds=5)
        assert told.data["reason"].startswith("Donations made since 20")
        assert told.data["reason"].endswith(": the function is disabled")
        note_chain(chain.redis, chain.board)
        screen.wait_for(is_state("live"), timeout_seconds=5)


def test_another_definition_of_the_board_is_never_shown_as_its_figures(chain: Chain) -> None:
    """Otherwise $25.00 would become 2,500 yen."""
    chain.give(1, 25)
    chain.prove()
    chain.file.write_text(chain.file.read_text().replace('"USD"', '"JPY"'))
    yen = load_board(chain.file)
    assert yen.definition != chain.board.definition
    with chain.showing() as (web, screen):
        told = screen.wait_for(is_state("checking"))
        assert told.data["reason"] == OTHER_DEFINITION
        assert httpx.get(f"{web.url}/api/boards/gala").status_code == 503
        chain.board = yen
        chain.prove()
        screen.wait_for(is_total(25))
        screen.wait_for(is_state("live"), timeout_seconds=5)


def test_a_stream_tells_each_gift(chain: Chain) -> None:
    with chain.showing() as (web, screen):
        chain.prove()
        for sequence in range(1, 4):
            chain.give(sequence, 10)
            update = screen.wait_for(is_total(1000 * sequence))
            assert update.data["totals"]["ALL"]["count"] == sequence
        web.process.terminate()
        assert web.process.wait(5) in (0, -15)


def test_who_asks_for_more_streams_than_are_served_is_told_when_to_come_back(
    redis_server: RedisServer, board_file: Path
) -> None:
    with (
        serve(redis_server.url, board_file, MAX_CLIENTS_PER_ADDRESS="1") as web,
        curl(f"{web.url}/events") as screen,
    ):
        screen.wait_for(lambda event: event.name == "status")
        refused = httpx.get(f"{web.url}/events")
        assert refused.status_code == 503
        assert 2 <= int(refused.headers["retry-after"]) <= 10
        assert refused.json()["error"].startswith("127.0.0.1 has 1 open event streams")
        screen.close()
        wait_for(lambda: _count_clients(web.url) == 0)
        with curl(f"{web.url}/events") as again:
            again.wait_for(lambda event: event.name == "status")


def _count_clients(url: str) -> int:
    [line] = re.findall(
        r"^tallyboard_clients{.*} (.*)$", httpx.get(f"{url}/metrics").text, re.MULTILINE
    )
    return int(float(line))


def test_a_head_that_is_too_long_is_refused(redis_server: RedisServer, board_file: Path) -> None:
    with serve(redis_server.url, board_file) as web:
        long = "x" * 20_000
        assert httpx.get(f"{web.url}/healthz", headers={"x-long": long}).status_code == 431
        assert httpx.get(f"{web.url}/healthz?{long}").status_code == 431
        assert httpx.post(f"{web.url}/healthz", content=long * 10).status_code == 405


def test_several_processes_on_one_port_tell_the_same(chain: Chain) -> None:
    with (
        serve(chain.server.url, chain.file, WEB_CONCURRENCY="2") as web,
        ExitStack() as stack,
    ):
        chain.prove()
        wait_for(lambda: len(chain.redis.client_list(_type="pubsub")) == 2)
        screens = [stack.enter_context(curl(f"{web.url}/events")) for _ in range(8)]
        for screen in screens:
            screen.wait_for(is_state("live"))
        chain.give(1, 10)
        snapshot = httpx.get(f"{web.url}/api/boards/gala").json()
        assert {screen.wait_for(is_total(1000)).id for screen in screens} == {
            f"{snapshot['epoch']}-{snapshot['version']}"
        }
        web.process.terminate()
        assert web.process.wait(8) in (0, -15)
