"""Measures the published page: `python -m benchmarks.page [--viewers 1000000] [--edges 600]`.

First one real screen: the real sink publishes a board that gets donations, a plain server serves
the files, and Chromium polls them. Then a model of many viewers and the edges of a CDN, with the
size of the real file. The edges keep a copy for as long as the file's `max-age` says, and each asks
the origin once for all of its viewers. At last 1,000 real pollers beside 1,000 streams. It takes
about four minutes.
"""

import argparse
import gzip
import random
import re
import statistics
import tempfile
import threading
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.page_load import compare
from sinks.page_places import Folder
from sinks.page_sink import PageSink
from sinks.page_site import BOARD_CACHE
from sinks.total_run import AT_LEAST_SECONDS, PAUSE_SECONDS
from tests.browser.chromium import find_chromium, launch_chromium
from tests.browser.stage import Stage
from tests.conftest import ROOT, RedisServer
from tests.sinks.publisher import publishing
from tests.sinks.static_server import Asked, serve_folder
from webapp.look import OUR_OWN

SCREEN_SECONDS = 30.0
# static/polling.js: a page polls again after 1.5 to 2.5 s.
POLL_SECONDS = (1.5, 2.5)
# static/trust.js: a page that has heard nothing for longer is not live.
STALE_SECONDS = 20.0
# How many pollers, and how many streams, are measured, and for how long.
POLLERS = 1_000
MEASURED_SECONDS = 20.0
# A round trip of the model, from an edge to the origin and from a viewer to the edge.
ORIGIN_SECONDS = 0.1
EDGE_SECONDS = 0.03
# The headers of an answer, about.
HEADER_BYTES = 400
_PLATFORMS = ("Website", "Facebook", "Phone", "Text", "Twitch", "YouTube")
_AGE = "() => Date.now() - Date.parse(JSON.parse(window.told).status.at)"


class Measured(NamedTuple):
    """What one real screen did; ages in seconds, sizes in bytes."""

    polls: int
    unchanged: int
    ages: list[float]
    file_bytes: int
    packed_bytes: int


class Load(NamedTuple):
    """What the model found; `ages` are of what viewers see at random moments, in seconds."""

    polls: int
    unchanged: int
    origin_requests: int
    ages: list[float]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="measure the published page")
    parser.add_argument("--viewers", type=int, default=1_000_000)
    parser.add_argument("--edges", type=int, default=600)
    parser.add_argument("--seconds", type=int, default=30, help="of the model's time")
    asked = parser.parse_args()
    real = measure_screen()
    print(f"The board's file: {real.file_bytes:,} bytes, {real.packed_bytes:,} with gzip.")
    print(f"One Chromium, {SCREEN_SECONDS:.0f} s, donations all the time:")
    print(f"  {real.polls / SCREEN_SECONDS:.2f} requests/s, {real.unchanged} of {real.polls} 304")
    print(f"  age of what it shows: {describe(real.ages)}")
    print(f"{asked.viewers:,} viewers, {asked.edges:,} edges, {asked.seconds} s of a model:")
    for title, gap_seconds in (
        ("donations all the time", PAUSE_SECONDS),
        ("none", AT_LEAST_SECONDS),
    ):
        load = simulate(asked.viewers, asked.edges, asked.seconds, gap_seconds)
        changed = load.polls - load.unchanged
        sent = changed * (real.packed_bytes + HEADER_BYTES) + load.unchanged * HEADER_BYTES
        print(f"  {title}:")
        print(f"    edges   {load.polls / asked.seconds:,.0f} requests/s,", end=" ")
        print(f"{load.unchanged / load.polls:.0%} 304, {8e-9 * sent / asked.seconds:.1f} Gbit/s")
        print(f"    origin  {load.origin_requests / asked.seconds:,.0f} requests/s")
        print(f"    age of what viewers see: {describe(load.ages)}")
    compare(POLLERS, MEASURED_SECONDS)


def describe(ages: Sequence[float]) -> str:
    cuts = statistics.quantiles(ages, n=100)
    stale = sum(age > STALE_SECONDS for age in ages) / len(ages)
    return (
        f"p50 {cuts[49]:.1f} s, p99 {cuts[98]:.1f} s, most {max(ages):.1f} s; not live {stale:.1%}"
    )


def measure_screen() -> Measured:
    """Watch one real page of a board that gets donations."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("there is no Chromium; name one by CHROMIUM")
    server = RedisServer()
    with tempfile.TemporaryDirectory() as made:
        (boards := Path(made) / "boards").mkdir()
        (site := Path(made) / "site").mkdir()
        stage = Stage(server.url, boards)
        try:
            return _watch(stage, server.url, site, chromium)
        finally:
            stage.close()
            server.kill()


def _watch(stage: Stage, redis_url: str, site: Path, chromium: str) -> Measured:
    name = stage.write_board("gala")
    at = f"{datetime.now(UTC):%Y-%m-%dT%H}"
    chance = random.Random(2017)
    records = [
        stage.record(name, chance.choice(_PLATFORMS), n % 97 + 1, at=f"{at}:{n % 60:02}:11")
        for n in range(500)
    ]
    stage.deliver(name, records)
    stage.prove(name)
    ended = threading.Event()

    def give() -> None:
        while not ended.wait(0.3):
            stage.give(name, chance.choice(_PLATFORMS), 5)

    giver = threading.Thread(target=give)
    sink = PageSink("page", stage.boards[name], Folder(site), ROOT / "static", OUR_OWN)
    with (
        serve_folder(site) as served,
        publishing(redis_url, lambda: [sink]),
        launch_chromium(chromium) as browser,
    ):
        while not (site / "board.json").exists():
            ended.wait(0.05)
        giver.start()
        try:
            page = browser.new_page()
            # Keep the last text that the page took, to compare its time with the clock.
            page.add_init_script(
                "Response.prototype.json = async function () {"
                " window.told = await this.text(); return JSON.parse(window.told); };"
            )
            page.goto(served.url)
            page.wait_for_function("() => connection.dataset.state === 'live'")
            served.asked.clear()
            ages, until = [], time.monotonic() + SCREEN_SECONDS
            while time.monotonic() < until:
                page.wait_for_timeout(100 * chance.random())
                ages.append(page.evaluate(_AGE) / 1000)
            polls: list[Asked] = [one for one in served.asked if one.path == "/board.json"]
        finally:
            ended.set()
            giver.join()
    text = (site / "board.json").read_bytes()
    unchanged = sum(one.status == 304 for one in polls)
    return Measured(len(polls), unchanged, ages, len(text), len(gzip.compress(text)))


def simulate(viewers: int, edges: int, seconds: float, gap_seconds: float) -> Load:
    """Return the load of viewers spread evenly over edges; the file is written at every gap."""
    chance = random.Random(1)
    warm = 2 * AT_LEAST_SECONDS
    end = warm + seconds
    written: list[float] = []
    at = 0.0
    while at < end:
        written.append(at)
        at += gap_seconds * (1 + 0.05 * chance.random())  # a write takes a little
    [max_age] = re.findall(r"max-age=(\d+)", BOARD_CACHE)
    polls = unchanged = origin = 0
    ages: list[float] = []
    # Edges do not depend on each other; each has its own viewers.
    for edge in range(edges):
        here = viewers // edges + (edge < viewers % edges)
        fetched, fresh_until = -1.0, -1.0
        seen = [-1] * here
        version = -1
        for asked_at, viewer in _poll(here, end, chance):
            if asked_at >= fresh_until:
                version = bisect_right(written, asked_at + ORIGIN_SECONDS / 2) - 1
                fetched = asked_at + ORIGIN_SECONDS
                fresh_until = fetched + float(max_age)
                origin += asked_at >= warm
            # Requests that come during the fetch wait for it.
            shown = max(asked_at, fetched) + EDGE_SECONDS / 2
            if asked_at >= warm:
                polls += 1
                unchanged += version == seen[viewer]
                if polls % 50 == 0:
                    ages.append(
                        shown - written[version] + chance.uniform(*POLL_SECONDS) * chance.random()
                    )
            seen[viewer] = version
    return Load(polls, unchanged, origin, ages)


def _poll(viewers: int, end: float, chance: random.Random) -> Iterator[tuple[float, int]]:
    """Yield when each viewer polls, in order of time."""
    times: list[tuple[float, int]] = []
    low, high = POLL_SECONDS
    for viewer in range(viewers):
        now = high * chance.random()
        while now < end:
            times.append((now, viewer))
            now += low + (high - low) * chance.random() + EDGE_SECONDS
    times.sort()
    return iter(times)


if __name__ == "__main__":
    main()
