"""The published page in Chromium: its figures are right, and it says when they may not be."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from aggregates.message import format_time
from sinks.page_places import Folder
from sinks.page_sink import PageSink
from tests.browser.conftest import own_gala, own_stage  # noqa: F401
from tests.browser.screen import Screen, open_screen
from tests.browser.stage import Stage
from tests.conftest import ROOT
from tests.sinks.publisher import publishing
from tests.sinks.static_server import StaticServer, serve_folder
from tests.waiting import wait_for
from webapp.look import Faces

pytestmark = [pytest.mark.browser, pytest.mark.redis]

# docs/page.md: a file that is older than this is not live, and a page polls every 2.5 s at most.
STALE_SECONDS = 20.0
POLL_SECONDS = 2.5
STATIC = ROOT / "static"


class Publication:
    """A board on a stage without a web app, and the folder where its page is published."""

    def __init__(self, stage: Stage, redis_url: str, folder: Path) -> None:
        self.stage, self.folder = stage, folder
        self.board = stage.write_board("gala")
        self._redis_url = redis_url
        stage.give(self.board, "Phone", 25, key="first")
        stage.prove(self.board)

    def running(self) -> Any:
        """Run the sink within a block."""
        board = self.stage.boards[self.board]
        face = Faces(STATIC).get(board)
        place = Folder(self.folder)
        return publishing(self._redis_url, lambda: [PageSink("page", board, place, STATIC, face)])

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "board.json").read_text("utf-8"))
        return found

    def wait_for_file(self, *, live: bool = True) -> None:
        path = self.folder / "board.json"
        wait_for(lambda: path.exists() and self.read()["status"]["live"] is live)


@pytest.fixture
def publication(own_stage: Stage, redis_url: str, tmp_path: Path) -> Publication:  # noqa: F811
    return Publication(own_stage, redis_url, tmp_path / "site")


@pytest.fixture
def server(publication: Publication) -> Iterator[StaticServer]:
    publication.folder.mkdir()
    with serve_folder(publication.folder) as server:
        yield server


def show_live(publication: Publication, server: StaticServer, screen: Screen) -> None:
    publication.wait_for_file()
    screen.page.goto(f"{server.url}/?lang=en")
    screen.wait_for_state("live")


def test_the_page_shows_the_figures_and_when_they_are_from(
    publication: Publication, server: StaticServer, browser: Browser
) -> None:
    stage, board = publication.stage, publication.board
    with publication.running(), open_screen(browser) as screen:
        publication.wait_for_file()
        screen.page.goto(f"{server.url}/?lang=en")
        screen.wait_for_total("$25")
        screen.wait_for_state("live")
        assert screen.page.inner_text("#age").startswith("as of ")
        stage.give(board, "Website", 500_000)
        screen.wait_for_total("$500,025")
        screen.wait("() => !celebration.hidden")  # the first milestone
        stage.give(board, "Phone", 0.5)
        screen.wait_for_total("$500,025.50")
        screen.wait_for_figures_of(publication.read())
        assert screen.page.locator("#boards-link:visible, #help-link:visible").count() == 0
        wait_for(lambda: any(one.status == 304 for one in server.asked))
    polls = [one for one in server.asked if one.path == "/board.json"]
    assert all(one.known_tag for one in polls[1:])
    assert {one.status for one in server.asked} <= {200, 304}
    assert not any(one.path.startswith(("/api", "/events")) for one in server.asked)


def test_a_page_of_one_board_polls_its_file_once_whatever_boards_the_address_names(
    publication: Publication, server: StaticServer, browser: Browser
) -> None:
    with publication.running(), open_screen(browser) as screen:
        publication.wait_for_file()
        screen.page.clock.install()
        screen.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
        screen.page.goto(f"{server.url}/?lang=en&board=gala,another")
        screen.page.wait_for_function("() => title.innerText !== 'Tallyboard'")
    assert [one.path for one in server.asked].count("/board.json") == 1


def test_a_file_that_is_no_longer_written_is_not_live_and_then_is_again(
    publication: Publication, server: StaticServer, browser: Browser
) -> None:
    with open_screen(browser) as screen:
        with publication.running():
            show_live(publication, server, screen)
        written = datetime.fromisoformat(publication.read()["status"]["at"])
        wait_for_old(screen)
        age = (datetime.now(UTC) - written).total_seconds()
        assert STALE_SECONDS - 1 < age < STALE_SECONDS + POLL_SECONDS + 10  # of a busy machine
        assert screen.page.inner_text("#sign-text").startswith("No new figures since ")
        assert screen.page.inner_text("#total") == "$25"
        # Who opens the page then is not told that it is live either.
        old = written + timedelta(seconds=STALE_SECONDS)
        wait_for(lambda: datetime.now(UTC) > old)
        with open_screen(browser) as late:
            late.page.goto(f"{server.url}/?lang=en")
            late.wait_for_total("$25")
            assert late.page.get_attribute("#connection", "data-state") == "stale"
        with publication.running():
            publication.stage.give(publication.board, "Phone", 5)
            screen.wait_for_state("live")
            screen.wait_for_total("$30")


def test_what_the_board_says_of_itself_is_on_the_page(
    publication: Publication, server: StaticServer, browser: Browser
) -> None:
    stage, board = publication.stage, publication.board
    with publication.running(), open_screen(browser) as screen:
        show_live(publication, server, screen)
        stage.end()  # the watch: after 50 s without a note the board is checking
        stage.redis.delete(f"tally:{{{board}}}:chain")
        screen.wait_for_state("checking")
        assert "may be missing" in screen.page.inner_text("#sign-reason")


def test_a_server_that_is_gone_is_told_as_by_any_screen(
    publication: Publication, server: StaticServer, browser: Browser
) -> None:
    with publication.running(), open_screen(browser, network=False) as screen:
        screen.page.clock.install()
        show_live(publication, server, screen)
        server.stop()
        screen.wait_for_state("reconnecting")
        screen.page.clock.fast_forward(15_000)
        screen.wait_for_state("offline")
        assert screen.page.inner_text("#total") == "$25"
        server.start()
        screen.page.clock.fast_forward(15_000)  # the longest pause between two attempts
        screen.wait_for_state("live")


def test_an_old_copy_of_a_cache_is_not_live_although_the_date_in_it_is_as_old(
    publication: Publication, server: StaticServer, browser: Browser
) -> None:
    with publication.running():
        publication.wait_for_file()
    told = publication.read()
    at = datetime.now(UTC)
    told["status"]["at"] = format_time(at)
    copy = {"age_seconds": 2}

    def answer(route: Route) -> None:
        date = at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        headers = {"date": date, "age": str(copy["age_seconds"])}
        route.fulfill(json=told, headers=headers)

    with open_screen(browser) as screen:
        screen.page.route("**/board.json", answer)
        screen.page.goto(f"{server.url}/?lang=en")
        screen.wait_for_state("live")
        copy["age_seconds"] = 40
        screen.wait_for_state("stale")
        # Another edge has an even older one: its figures are not shown.
        told["totals"]["ALL"]["amount"] = 1
        told["status"]["at"] = format_time(at - timedelta(seconds=5))
        copy["age_seconds"] = 0
        for _ in range(2):
            screen.page.wait_for_event("response")
        assert screen.page.inner_text("#total") == "$25"


def wait_for_old(screen: Screen) -> None:
    screen.page.wait_for_function("() => connection.dataset.state === 'stale'", timeout=40_000)
