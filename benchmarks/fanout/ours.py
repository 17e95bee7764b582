"""Tallyboard's web app as in production, on a live board."""

import http.client
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

from redis import Redis

from aggregates.batch import BatchEncoder, Change
from aggregates.board_file import load_board
from aggregates.keys import CHANNEL, board_keys
from aggregates.message import SCHEMA, format_time
from aggregates.scripts import apply_batch
from benchmarks.fanout.load_redis import LoadRedis
from benchmarks.fanout.processes import NotStarted
from benchmarks.fanout.server import Server, get
from tests.conftest import ROOT
from tests.proof import prove_totals
from tests.webapp.states import note_chain

# The command that starts the product; `PORT` sets its port.
COMMAND = (sys.executable, "-m", "webapp")
BOARD = "fundraiser"
GROUP = "Facebook"
_KEYS = board_keys(BOARD)


class Ours(Server):
    name = "Tallyboard"
    path = f"/events?board={BOARD}"
    ready_path = "/readyz"
    command = COMMAND

    def start(self) -> None:
        self.redis = LoadRedis()
        self._epoch = make_live_board(self.redis.client)
        self.start_app()

    def start_app(self) -> None:
        environment = {"REDIS_URL": self.redis.url, "BOARDS": str(ROOT / "boards")}
        # All clients of the benchmark share one address.
        environment |= {"MAX_CLIENTS_PER_ADDRESS": "12000"}
        self.spawn(self.command, environment | {"HOST": "127.0.0.1", "PORT": str(self.port)})

    def wait_ready(self) -> None:
        """Wait until the board is live: the app already serves before it has read Redis."""
        super().wait_ready()
        for _ in range(100):
            boards = json.loads(get(self.port, "/readyz")[1])["boards"]
            if boards[BOARD]["live"]:
                return
            time.sleep(0.02)
        raise NotStarted(f"{self.name}: the board does not go live: {boards[BOARD]}")

    def stop(self) -> None:
        super().stop()
        if hasattr(self, "redis"):
            self.redis.end()

    def publish(self, version: int, at: str) -> None:
        """Change the board's keys and publish the change in one transaction, as a script does.

        `version` counts from 1,000, because the scripts' own versions are below. The fields already
        exist, so the board's seal stays valid; the note of its chain is renewed, as the watch does.
        """
        totals = {name: {"count": version, "amount": 2500 * version} for name in ("ALL", GROUP)}
        message = {
            "schema": SCHEMA,
            "board": BOARD,
            "epoch": self._epoch,
            "version": version,
            "at": at,
            "created": "2026-11-21T19:04:11.000Z",
            "totals": totals,
            "rejected": 0,
        }
        fields: dict[Any, Any] = {
            f"{name}:{key}": n for name, of in totals.items() for key, n in of.items()
        }
        with self.redis.client.pipeline(transaction=True) as pipeline:
            pipeline.hset(_KEYS.meta, mapping={"version": version, "at": at})
            pipeline.hset(_KEYS.totals, mapping=fields)
            pipeline.hset(_KEYS.chain, "counted_ms", time.time_ns() // 1_000_000)
            pipeline.publish(CHANNEL, json.dumps(message))
            pipeline.execute()


def make_live_board(redis: Redis) -> str:
    """Count a donation, prove the totals and note the chain; return the board's epoch.

    Its version is then 1,000, where publishers begin.
    """
    board = load_board(ROOT / "boards" / f"{BOARD}.toml")
    image = {
        "donationId": {"S": "d-1"},
        "platform": {"S": GROUP},
        "amount": {"N": "25"},
        "donatedAt": {"S": "2026-11-21T19:04:11"},
    }
    now = datetime.now(UTC)
    change = Change("d-1", 111, image, now.timestamp())
    batch = BatchEncoder(board).encode_stream([change], stream_ms=1)
    apply_batch(redis, _KEYS, batch)
    epoch = redis.hget(_KEYS.meta, "epoch")
    assert isinstance(epoch, bytes)
    prove_totals(redis, board, format_time(now))
    note_chain(redis, board)
    redis.hset(_KEYS.meta, "version", 1_000)
    return epoch.decode()


def measure_data_bytes() -> int:
    """Return the length of our update's data; the other servers send data of the same length."""
    server = Ours(0)
    try:
        server.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        connection.request("GET", server.path)
        response = connection.getresponse()
        for version in range(1_001, 1_004):  # the first read gives a snapshot
            server.publish(version, str(time.monotonic_ns()))
            time.sleep(0.2)
        while response.readline() != b"event: update\n":
            pass
        while not (line := response.readline()).startswith(b"data:"):
            pass
        connection.close()
        return len(line.removeprefix(b"data:").strip())
    finally:
        server.stop()
