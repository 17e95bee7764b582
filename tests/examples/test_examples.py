"""Each example is exact where the published way, on the same deliveries, is not."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from examples.page import example as page
from examples.place import SERVICES, Place, connect_s3
from examples.replica import example as replica
from examples.running import Shown, list_examples, run_example
from examples.scores import example as scores
from examples.votes import example as votes
from local.child import stop_children
from local.dynamodb import connect_dynamodb, connect_streams
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from tests.browser.screen import open_screen
from tests.conftest import ROOT, free_port

pytestmark = [pytest.mark.redis, pytest.mark.timeout(300)]

# `make example` has about ten times as many.
_SMALL = (
    (page, "GIFTS", 400),
    (replica, "ROWS", 200),
    (replica, "CHANGES", 300),
    (scores, "PLAYERS", 150),
    (scores, "GAMES", 400),
    (votes, "TEXTS", 500),
)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the endpoint of a local AWS that also has S3."""
    folder = tmp_path_factory.mktemp("aws")
    child, endpoint = start_dynamodb(ROOT / ".venv-aws/bin/python", folder, services=SERVICES)
    try:
        wait_for_dynamodb(child, endpoint, threading.Event())
        yield endpoint
    finally:
        stop_children([child])


@pytest.fixture
def place(aws: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    for module, name, count in _SMALL:
        monkeypatch.setattr(module, name, count)
    clients = connect_dynamodb(aws), connect_streams(aws), connect_s3(aws)
    return Place(*clients, redis_url=redis_url, folder=tmp_path, web_port=free_port())


def require_exact(shown: Shown) -> None:
    assert shown.again > shown.late > 0
    [(_, wrong, told), (_, wrong_published, _)] = shown.ways
    assert wrong == 0, told
    assert wrong_published > 0


def test_every_example_is_found() -> None:
    assert list_examples() == ["page", "replica", "scores", "stock", "votes"]


@pytest.mark.parametrize("name", [name for name in list_examples() if name != "page"])
def test_an_example_is_exact_beside_the_published_way(name: str, place: Place) -> None:
    require_exact(run_example(name, place))


@pytest.mark.browser
def test_the_examples_page_in_s3_is_the_display_and_is_not_live_once_it_is_old(
    place: Place, aws: str, browser: Browser
) -> None:
    shown = run_example("page", place)
    require_exact(shown)
    # The sinks have ended, and the file in S3 stays.
    with open_screen(browser) as screen:
        screen.page.clock.install()
        screen.page.goto(f"{aws}/gala-page/index.html?lang=en")
        total = shown.ways[0][2].partition(" ")[0]
        screen.wait_for_total(total)
        screen.page.clock.fast_forward(20_000)
        screen.wait_for_state("stale")
        assert screen.page.inner_text("#sign-text").startswith("No new figures since ")
        assert screen.page.inner_text("#total") == total
