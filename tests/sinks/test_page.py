"""A page is published as files: the display once, and the board's file again and again."""

import asyncio
import itertools
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board
from local.child import stop_children
from sinks import total_run as module
from sinks.page_places import Bucket, Folder, Place
from sinks.page_sink import PageSink
from sinks.page_site import SiteFile, make_site
from sinks.total_run import run_total_sinks
from tests.conftest import ROOT
from tests.infra.local_aws import connect, start_local_aws
from tests.sinks.scene import Scene
from tests.webapp.states import note_chain
from webapp.feed import Feed
from webapp.look import OUR_OWN

pytestmark = [pytest.mark.redis, pytest.mark.anyio]

STATIC = ROOT / "static"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def scene(redis: Redis, redis_url: str, board: Board) -> Scene:
    return Scene(redis, redis_url, board)


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    child, endpoint = start_local_aws(tmp_path_factory.mktemp("aws"))
    try:
        client = connect("s3", endpoint)
        yield client
        client.close()
    finally:
        stop_children([child])


def make_sink(scene: Scene, place: Place) -> PageSink:
    return PageSink("page", scene.board, place, STATIC, OUR_OWN)


class Noted:
    """A place that notes when each file was put, and fails for as long as it is told to."""

    def __init__(self) -> None:
        self.boards: list[tuple[float, dict[str, Any]]] = []
        self.failures = 0
        self.put_one = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def put(self, name: str, file: SiteFile) -> None:
        if self.failures > 0:
            self.failures -= 1
            raise OSError("the disk is full")
        if name == "board.json":
            self.boards.append((self._loop.time(), json.loads(file.content)))
            self._loop.call_soon_threadsafe(self.put_one.set)

    async def wait_for_version(self, version: int) -> dict[str, Any]:
        async with asyncio.timeout(15):
            while not self.boards or self.boards[-1][1].get("version", 0) < version:
                self.put_one.clear()
                await self.put_one.wait()
        return self.boards[-1][1]


async def test_a_folder_gets_the_display_and_the_snapshot_with_its_status(
    scene: Scene, tmp_path: Path
) -> None:
    scene.give(("Phone", 5), ("Website", 7))
    feed = await scene.make_feed()
    await make_sink(scene, Folder(tmp_path)).write(feed)
    written = json.loads((tmp_path / "board.json").read_text("utf-8"))
    shown = json.loads(feed.snapshot_text())
    for one in (written, shown):
        del one["status"]["at"]
    assert written == shown
    assert written["status"]["live"] is True
    page = (tmp_path / "index.html").read_text("utf-8")
    assert 'data-file="board.json"' in page
    assert "default-src 'none'" in page
    named = [part.partition('"')[0] for part in page.split('"static/')[1:]]
    assert len(named) >= 4
    assert all((tmp_path / "static" / name).is_file() for name in named)
    assert not any(name.endswith(".part") for _, _, names in os.walk(tmp_path) for name in names)


async def test_without_figures_the_file_says_why(scene: Scene, tmp_path: Path) -> None:
    await make_sink(scene, Folder(tmp_path)).write(Feed(scene.board, "page"))
    written = json.loads((tmp_path / "board.json").read_text("utf-8"))
    assert written.keys() == {"status"}
    assert (written["status"]["state"], written["status"]["live"]) == ("offline", False)


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    texts = [b'{"a": "%s"}' % (b"x" * size) for size in (100_000, 200_000)]
    place.put("board.json", SiteFile(texts[0], "", ""))
    ended = threading.Event()

    def write() -> None:
        for turn in itertools.count():
            if ended.is_set():
                return
            place.put("board.json", SiteFile(texts[turn % 2], "", ""))

    writer = threading.Thread(target=write)
    writer.start()
    seen = {(tmp_path / "board.json").read_bytes() for _ in range(1_000)}
    ended.set()
    writer.join()
    assert seen <= set(texts)


async def test_a_bucket_gets_the_headers_that_a_cdn_needs(scene: Scene, s3: Any) -> None:
    s3.create_bucket(
        Bucket="gala-page", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    feed = await scene.make_feed()
    await make_sink(scene, Bucket("gala-page", "gala/", s3)).write(feed)

    def head(name: str) -> tuple[str, str]:
        found = s3.head_object(Bucket="gala-page", Key=f"gala/{name}")
        return found["ContentType"], found["CacheControl"]

    assert head("board.json") == ("application/json", "public, max-age=1, stale-if-error=10")
    assert head("index.html")[0] == "text/html; charset=utf-8"
    assert head("static/main.js") == (
        "text/javascript; charset=utf-8",
        "public, max-age=60, stale-if-error=3600",
    )
    assert head("static/icon.svg")[0] == "image/svg+xml"
    body = s3.get_object(Bucket="gala-page", Key="gala/board.json")["Body"].read()
    assert json.loads(body)["version"] == feed.state.version  # type: ignore[union-attr]


def test_the_site_has_no_page_that_needs_the_web_app(board: Board) -> None:
    site = make_site(STATIC, board, OUR_OWN)
    assert [name for name in site if name.endswith(".html")] == ["index.html"]
    assert list(site)[-1] == "index.html"


async def test_the_file_follows_the_channel_and_is_renewed_without_news(
    scene: Scene, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.5)
    monkeypatch.setattr(module, "AT_LEAST_SECONDS", 1.5)
    note_chain(scene.redis, scene.board)
    place = Noted()
    sink, feed = make_sink(scene, place), Feed(scene.board, "page")
    running = asyncio.create_task(run_total_sinks(redis_url, {scene.board.name: feed}, [sink]))
    try:
        await place.wait_for_version(1)
        place.failures = 2
        for _ in range(30):
            scene.give(("Phone", 1))
            await asyncio.sleep(0)
        told = await place.wait_for_version(feed_version(scene))
        assert told["totals"]["ALL"]["count"] == 30
        while len(place.boards) < 6:
            place.put_one.clear()
            await asyncio.wait_for(place.put_one.wait(), 5)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    times = [at for at, _ in place.boards]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert min(gaps) >= 0.5 - 0.02
    assert max(gaps[-2:]) < 1.5 + 0.5
    ats = [board["status"]["at"] for _, board in place.boards]
    assert ats == sorted(set(ats))


def feed_version(scene: Scene) -> int:
    version: Any = scene.redis.hget(f"tally:{{{scene.board.name}}}:meta", "version")
    return int(version)
