"""Viewers who poll a published page beside viewers with a stream, of one board in one run.

The web app serves streams as in production, and nginx the files that the real sink writes. Servers
have one core, clients the other. It is a part of `python -m benchmarks.page`.
"""

import json
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from aggregates.batch import BatchEncoder, Change
from aggregates.board_file import load_board
from aggregates.keys import board_keys
from aggregates.scripts import apply_batch
from benchmarks.fanout.load import LoadClient
from benchmarks.fanout.load_redis import LoadRedis
from benchmarks.fanout.ours import BOARD, Ours, make_live_board
from benchmarks.fanout.processes import LOAD_CORE, SERVER_CORE, NotStarted, Pinned
from benchmarks.fanout.publisher import NS, Publisher, sleep_until
from benchmarks.fanout.run import CONNECT_SECONDS, WARM_UP_SECONDS, measure
from benchmarks.fanout.server import get
from benchmarks.pollers import Polled
from tests.conftest import ROOT, free_port
from tests.stream_events import donation

# Donations a second: each is an event of the stream; the file is written once a second.
RATE = 3.0
# Time for all pollers to have connected and polled.
_POLL_WARM_UP_SECONDS = 6.0
_ROUNDS = 2
_STREAM = "a stream of the web app"
_PACKED, _PLAIN = "the page, by nginx", "the same without gzip"
_PLATFORMS = ("Website", "Facebook", "Phone", "Text", "Twitch", "YouTube")
_NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 8192; }}
http {{
  access_log off; etag on; gzip_types application/json; default_type application/json;
  keepalive_requests 1000000; keepalive_timeout 65;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {site}; gzip on; }}
  server {{ listen 127.0.0.1:{plain_port}; root {site}; gzip off; }}
}}
"""


class Load(NamedTuple):
    """What one kind of viewers costs: for each viewer and second; CPU in microseconds."""

    requests: float
    data_bytes: float
    cpu_us: float


class Filled(Ours):
    """The web app with a board that has the donations of an hour."""

    def start(self) -> None:
        self.redis = LoadRedis()
        redis, board = self.redis.client, load_board(ROOT / "boards" / f"{BOARD}.toml")
        self._epoch = make_live_board(redis)
        at = f"{datetime.now(UTC):%Y-%m-%dT%H}"
        changes = []
        for n in range(1_000, 1_500):
            image = donation(f"d-{n}", _PLATFORMS[n % 6], n % 97 + 1, f"{at}:{n % 60:02}:11")
            changes.append(Change(f"d-{n}", n, image))
        batch = BatchEncoder(board).encode_stream(changes, stream_ms=1)
        apply_batch(redis, board_keys(BOARD), batch)
        redis.hset(board_keys(BOARD).meta, "version", 1_000)
        self.start_app()


class Published:
    """The real sink of the page, and nginx, which serves its files."""

    def __init__(self, app: Ours, folder: Path) -> None:
        self.port, self.plain_port = free_port(), free_port()
        (folder / "sinks").mkdir()
        shutil.copy(ROOT / "boards" / f"{BOARD}.toml", folder)
        page = f'kind = "page"\nboard = "{BOARD}"\nfolder = "site"\n'
        (folder / "sinks/page.toml").write_text(page, "utf-8")
        told = {"REDIS_URL": app.redis.url, "BOARDS": str(folder)}
        command = [sys.executable, "-m", "sinks"]
        self.sink = Pinned(command, SERVER_CORE, environment=told, folder=ROOT, log=folder / "log")
        site = folder / "sinks/site"
        config = folder / "nginx.conf"
        ports = {"port": self.port, "plain_port": self.plain_port}
        config.write_text(_NGINX.format(folder=folder, site=site, **ports), "utf-8")
        self.nginx = Pinned(["nginx", "-c", str(config)], SERVER_CORE, log=folder / "nginx.log")
        self._board = site / "board.json"

    def wait_until_ready(self) -> None:
        """Wait for the file, and until it is served."""
        for _ in range(300):
            if self._board.exists():
                with suppress(OSError):
                    if get(self.port, "/board.json")[0] == 200:
                        return
            time.sleep(0.05)
        raise NotStarted(f"the page is not served: {self.sink.last_words()}")

    def end(self) -> None:
        self.nginx.terminate()
        self.sink.terminate()


def compare(viewers: int, seconds: float) -> None:
    """Print the table; say what is missing if there is no nginx."""
    if shutil.which("nginx") is None:
        print("left out: pollers beside streams, because nginx is not installed")
        return
    loads: dict[str, list[Load]] = {_STREAM: [], _PACKED: [], _PLAIN: []}
    app = Filled(0)
    with tempfile.TemporaryDirectory() as made:
        published = None
        try:
            app.start()
            published = Published(app, Path(made))
            published.wait_until_ready()
            publisher = Publisher(app.publish, RATE)
            sleep_until(publisher.start() + NS)
            sink_cpu, began = published.sink.cpu_seconds(), time.monotonic()
            for _ in range(_ROUNDS):
                loads[_STREAM].append(_measure_streams(app, publisher, viewers, seconds))
                for name, port in ((_PACKED, published.port), (_PLAIN, published.plain_port)):
                    loads[name].append(_measure_polls(published, port, viewers, seconds))
            sink_cpu = (published.sink.cpu_seconds() - sink_cpu) / (time.monotonic() - began)
            publisher.stop()
        finally:
            if published is not None:
                published.end()
            app.stop()
    print(f"{viewers:,} viewers, {RATE:g} donations a second, {_ROUNDS} rounds of {seconds:g} s.")
    print(f"For each viewer and second:\n{'':26}{'requests':>10}{'bytes':>10}{'CPU, µs':>10}")
    for name, of in loads.items():
        load = Load(*(statistics.mean(values) for values in zip(*of, strict=True)))
        rounds = ", ".join(f"{one.cpu_us:.1f}" for one in of)
        print(
            f"{name:26}{load.requests:10.2f}{load.data_bytes:10,.0f}{load.cpu_us:10.1f}  ({rounds})"
        )
    print(f"The sink itself used {sink_cpu:.1%} of a core.")


def _measure_streams(app: Ours, publisher: Publisher, viewers: int, seconds: float) -> Load:
    load = LoadClient(app.port, app.path, viewers)
    try:
        load.wait_connected(CONNECT_SECONDS)
        sleep_until(time.monotonic_ns() + round(WARM_UP_SECONDS * NS))
        case = measure(app, load, publisher, seconds)
    finally:
        load.end()
    share = viewers * case.seconds
    sent = case.report.received * case.report.bytes_per_event
    return Load(0.0, sent / share, 1e6 * case.cpu_seconds / share)


def _measure_polls(published: Published, port: int, viewers: int, seconds: float) -> Load:
    from_ns = time.monotonic_ns() + round(_POLL_WARM_UP_SECONDS * NS)
    to_ns = from_ns + round(seconds * NS)
    command = [sys.executable, "-m", "benchmarks.pollers", str(port), str(viewers)]
    command += [str(from_ns), str(to_ns)]
    pollers = Pinned(command, LOAD_CORE, folder=ROOT, pipes=True)
    try:
        sleep_until(from_ns)
        cpu = published.nginx.cpu_seconds()
        sleep_until(to_ns)
        cpu = published.nginx.cpu_seconds() - cpu
        text, _ = pollers.process.communicate(timeout=_POLL_WARM_UP_SECONDS)
    finally:
        pollers.terminate()
    polled = Polled(**json.loads(text))
    if polled.failed:
        raise NotStarted(f"{polled.failed} polls failed")
    share = viewers * seconds
    return Load(polled.requests / share, polled.data_bytes / share, 1e6 * cpu / share)
