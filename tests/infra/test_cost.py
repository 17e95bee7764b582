"""The cost estimate matches the real bytes of a stream."""

import gzip
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from redis import Redis

from aggregates.board_file import load_board
from infra.cost import (
    PAGE_BYTES,
    SMALL,
    SNAPSHOT_BYTES,
    STATUS_BYTES,
    TELETHON,
    UPDATE_BYTES,
    describe_cost,
    estimate,
    estimate_evening,
)
from infra.errors import DeployError
from infra.options import Evening, read_options
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from tests.conftest import ROOT, RedisServer, free_port
from tests.proof import prove_totals
from tests.stream_events import donation, event, record
from tests.waiting import wait_for_port
from tests.webapp.states import note_chain
from webapp.bundle import join_files

BOARD = load_board(ROOT / "boards/fundraiser.toml")
PLATFORMS = ("Phone", "Facebook", "Twitch", "YouTube", "Web")


class Stream:
    """A client of the web app's stream, which counts the bytes of each event."""

    def __init__(self, port: int) -> None:
        wait_for_port(port)
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.settimeout(15)
        self._socket.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self._rest = b""

    def read(self) -> tuple[str, int]:
        """Return the next event's kind and its bytes, including the framing."""
        while b"\n\n" not in self._rest:
            self._rest += self._socket.recv(65536)
        event, end, self._rest = self._rest.partition(b"\n\n")
        kind = re.search(rb"event: (\w+)", event)
        return kind[1].decode() if kind else "", len(event + end)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def measured() -> Iterator[dict[str, int]]:
    """Return the bytes of an event by kind, for a board with five platforms."""
    redis, port = RedisServer(), free_port()
    variables = {"REDIS_URL": redis.url, "HOST": "127.0.0.1", "PORT": str(port)}
    variables["BOARDS"] = "boards/fundraiser.toml"
    with Redis.from_url(redis.url) as client:
        consumer = Consumer(count_on([BOARD], lambda: client))

        def give(number: int) -> None:
            platform = PLATFORMS[number % len(PLATFORMS)]
            minute = number % 10
            item = donation(f"d-{number}", platform, "25", f"2026-11-21T19:0{minute}:00")
            consumer.consume(event(record(100 + number, item, name="INSERT")))

        for number in range(50):
            give(number)
        prove_totals(client, BOARD, "2026-11-21T19:10:00.000Z")
        note_chain(client, BOARD)
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp"], cwd=ROOT, env=os.environ | variables
        )
        stream = None
        try:
            stream = Stream(port)
            found: dict[str, int] = {}
            number = 50
            while not {"snapshot", "status", "update"} <= found.keys():
                kind, size = stream.read()
                found.setdefault(kind, size)
                # A new client may get another snapshot instead of an update.
                if "snapshot" in found and kind != "update" and number < 60:
                    give(number)
                    number += 1
            yield found
        finally:
            if stream is not None:
                stream.close()
            process.terminate()
            process.wait()
            redis.kill()


@pytest.mark.parametrize(
    ("kind", "reckoned"),
    [("status", STATUS_BYTES), ("update", UPDATE_BYTES), ("snapshot", SNAPSHOT_BYTES)],
)
def test_events_have_about_the_bytes_that_are_reckoned_with(
    measured: dict[str, int], kind: str, reckoned: int
) -> None:
    assert measured[kind] == pytest.approx(reckoned, rel=0.4)


def test_every_donation_reaches_every_screen() -> None:
    quiet = SMALL._replace(donations=1)
    per_donation = (SMALL.sent_gb - quiet.sent_gb) * 1e9 / (SMALL.donations - 1) / SMALL.screens
    assert per_donation > UPDATE_BYTES
    # At most twenty a second, however many donations arrive.
    flood = SMALL._replace(donations=100_000_000)
    assert flood.sent_gb < SMALL.screens * 6 * 3600 * 20 * 2 * UPDATE_BYTES / 1e9


def test_an_evening_costs_hours_times_screens() -> None:
    once = TELETHON._replace(donations=1)
    twice = once._replace(screens=2 * once.screens)
    assert 1.5 < estimate_evening(twice, {}) / estimate_evening(once, {}) < 3


def test_what_the_evening_costs_is_part_of_the_month() -> None:
    month = estimate(TELETHON, {})
    assert month["the evening"] == estimate_evening(TELETHON, {})
    assert month["firewall"] == month["crew and intake"] == 0
    assert estimate(TELETHON, {"RateLimit": "2000"})["firewall"] == 6


def test_the_crews_pages_and_the_intake_are_estimated_with_their_firewall() -> None:
    crew = estimate(SMALL, {"Crew": "1"})
    both = estimate(SMALL, {"Crew": "1", "IntakeFile": "intake.toml"})
    assert (crew["firewall"], both["firewall"]) == (6, 7)
    assert 15 < crew["crew and intake"] < both["crew and intake"] < 30
    free = {"Crew": "1", "IntakeFile": "x", "CrewRateLimit": "0", "IntakeRateLimit": "0"}
    assert estimate(SMALL, free)["firewall"] == 0
    # Without CREW=1 its file of sources costs nothing.
    assert estimate(SMALL, {"IntakeFile": "intake.toml"}) == estimate(SMALL, {})


def test_answering_sql_is_estimated() -> None:
    assert estimate(SMALL, {})["SQL"] == estimate(SMALL, {"Explore": "0"})["SQL"] == 0
    assert 30 < estimate(SMALL, {"Explore": "1"})["SQL"] < 40
    # Of the table's writes a donation has the sink's notes at most.
    million = estimate(TELETHON, {"Explore": "1"})["SQL"] - estimate(SMALL, {"Explore": "1"})["SQL"]
    assert million == pytest.approx(995_000 * 2 * 0.625e-6)


def test_the_container_of_totals_and_the_page_are_estimated_by_viewers() -> None:
    assert estimate(SMALL, {})["totals and page"] == 0
    table = estimate(SMALL, {"TotalsTables": "arn:one"})["totals and page"]
    page = estimate(SMALL, {"TotalsPages": "arn:one/*"})["totals and page"]
    assert 10 < table < 15
    assert 10 < page < 17
    public = [
        estimate(SMALL._replace(viewers=viewers), {"Public": "1"})["totals and page"]
        for viewers in (1, 100_000, 200_000)
    ]
    assert public[0] == pytest.approx(page, rel=0.01)
    # Above what is free each viewer costs the same: requests first, as docs/page.md says.
    requests = 100_000 * 6 * 1_800
    assert public[2] - public[1] == pytest.approx(requests * (0.01 / 10_000 + 1.6e-6 * 0.085), 0.01)
    text = describe_cost({"Public": "1"}, read_options({"VIEWERS": "20000"}).evening)
    assert "yours: 20,000 viewers of the page all the time" in text
    assert "VIEWERS=10000" in text


def test_the_display_is_at_most_what_is_reckoned_with() -> None:
    static = ROOT / "static"
    files = {p.relative_to(static).as_posix(): p.read_bytes() for p in static.rglob("*.*")}
    joined = join_files(files)
    loaded = [joined[name] for name in ("index.html", "index.all.css", "main.js")]
    size = sum(len(gzip.compress(content, mtime=0)) for content in loaded)
    assert PAGE_BYTES / 2 < size <= PAGE_BYTES


def test_an_evening_of_ones_own_is_estimated_with_the_rates() -> None:
    options = read_options({"SCREENS": "9000", "HOURS": "4.5"})
    assert options.evening == Evening(9000, 4.5, 1000)
    text = describe_cost({}, options.evening)
    assert (
        "yours: 1,000 donations, 9,000 screens for 4.5 hours, 3 containers during the event" in text
    )
    assert "0.09 USD a GB sent" in text
    with pytest.raises(DeployError, match="HOURS is 'long'"):
        read_options({"HOURS": "long"})
