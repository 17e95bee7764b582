"""Other people's EventSource clients on our stream: state, updates and reconnecting.

curl is in `test_faults.py`, Chromium in `tests/browser`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from aggregates.board_file import load_board
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from tests.conftest import ROOT, RedisServer, free_port
from tests.proof import prove_totals
from tests.stream_events import donation, event, record
from tests.webapp.serving import Event, serve, watch
from tests.webapp.states import note_chain

# Prints events as lines of JSON; reconnects automatically.
_PYTHON = """
import json, sys
from datetime import timedelta
from requests_sse import EventSource

with EventSource(sys.argv[1], reconnection_time=timedelta(seconds=1), timeout=60) as source:
    for event in source:
        print(json.dumps([event.type, event.last_event_id or "", event.data]), flush=True)
"""

_NODE = """
import { EventSource } from 'eventsource';

const source = new EventSource(process.argv[2]);
for (const name of ['snapshot', 'update', 'status']) {
  source.addEventListener(name, (event) =>
    console.log(JSON.stringify([name, event.lastEventId, event.data])));
}
"""
_NODE_PACKAGE = "eventsource@4.1.0"


@pytest.fixture(scope="session")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the command of a Node client; skip the test without npm, but fail in CI."""
    folder = tmp_path_factory.mktemp("node")
    (folder / "watch.mjs").write_text(_NODE)
    npm = shutil.which("npm")
    if npm is None:
        missing = "Node's npm is not installed"
    else:
        command = [npm, "install", "--silent", "--no-save", "--prefix", str(folder), _NODE_PACKAGE]
        if subprocess.run(command, check=False, capture_output=True).returncode == 0:
            return ["node", str(folder / "watch.mjs")]
        missing = f"npm could not install {_NODE_PACKAGE}"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(params=["python", "node"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """Return the command of a client, without the address."""
    if request.param == "node":
        command: list[str] = request.getfixturevalue("node_client")
        return command
    script = tmp_path / "watch.py"
    script.write_text(_PYTHON)
    return [sys.executable, str(script)]


@pytest.fixture
def give(redis_server: RedisServer) -> Iterator[object]:
    board = load_board(ROOT / "boards/fundraiser.toml")
    with Redis.from_url(redis_server.url) as redis:
        consumer = Consumer(count_on([board], lambda: redis))

        def give(sequence: int) -> None:
            consumer.consume(event(record(sequence, donation(f"d-{sequence}", "Phone", 10))))

        give(1)
        prove_totals(redis, board, "2026-11-21T19:04:11.000Z")
        note_chain(redis, board)
        yield give


def total(event: Event) -> int | None:
    amount: int | None = event.data.get("totals", {}).get("ALL", {}).get("amount")
    return amount


def test_a_client_is_told_the_state_and_comes_back_to_it(
    client: list[str], redis_server: RedisServer, give: object
) -> None:
    assert callable(give)
    port = free_port()
    boards = ROOT / "boards"
    with watch(*client, f"http://127.0.0.1:{port}/events") as screen:
        with serve(redis_server.url, boards, port=port):
            snapshot = screen.wait_for(lambda event: event.name == "snapshot")
            assert total(snapshot) == 1000
            give(2)
            update = screen.wait_for(lambda event: event.name == "update")
            assert total(update) == 2000
            assert update.id != snapshot.id
        # The state is the same: the id in its request spares it the snapshot.
        with serve(redis_server.url, boards, port=port):
            again = screen.wait_for(lambda event: event.data.get("state") == "live")
            assert again.name == "status"
        give(3)
        with serve(redis_server.url, boards, port=port):
            missed = screen.wait_for(lambda event: event.name == "snapshot")
            assert total(missed) == 3000
