"""A real browser, and servers for the display's files."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.reduced import NOW_MS, RUN, Event, Reduce, State
from tests.browser.screen import Screen, open_screen
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage

ROOT = Path(__file__).parents[2]
# Each test takes one.
_BOARDS = 40
_taken: set[str] = set()
_CALL = """async ([module, name, values]) => {
  const found = (await import(`/static/${module}.js`))[name](...values);
  return found instanceof Map ? [...found] : found;
}"""


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: the test says what went wrong."""


@pytest.fixture(scope="session")
def static_url() -> Iterator[str]:
    """Return the address of a server that serves only `/static/`."""
    handler = partial(_QuietHandler, directory=str(ROOT))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def module_page(browser: Browser, static_url: str) -> Iterator[Page]:
    """Return an empty page that can import the display's modules."""
    page = browser.new_page(locale="en-US", timezone_id="UTC")
    page.goto(f"{static_url}/static/")  # a list of files: no script runs
    yield page
    page.close()


@pytest.fixture
def call(module_page: Page) -> Callable[..., Any]:
    """Return a function that calls a module's function: `call("timeline.sumRecent", …)`."""

    def call_module(name: str, *values: Any) -> Any:
        module, _, function = name.rpartition(".")
        return module_page.evaluate(_CALL, [module, function, list(values)])

    return call_module


@pytest.fixture
def scripted() -> Iterator[ScriptedApp]:
    """Return a web app that sends what the test tells it to."""
    app = ScriptedApp()
    yield app
    app.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return an empty page that shares nothing with other tests."""
    context = browser.new_context(locale="en-US", timezone_id="UTC")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def hall(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return a stage whose web app serves many boards; tests that do not stop it share it."""
    built = Stage(redis_url, tmp_path_factory.mktemp("boards"))
    for _ in range(_BOARDS):
        built.write_board("gala")
    built.start()
    yield built
    built.close()


@pytest.fixture
def stage(hall: Stage) -> Stage:
    return hall


@pytest.fixture
def own_stage(redis_url: str, tmp_path: Path) -> Iterator[Stage]:
    """Return a stage without boards, whose web app is not started yet."""
    built = Stage(redis_url, tmp_path)
    yield built
    built.close()


@pytest.fixture
def gala(hall: Stage) -> str:
    """Return a board for the test with $25 counted and proven."""
    board = next(board for board in hall.boards if board not in _taken)
    _taken.add(board)
    hall.give(board, "Phone", 25, key="first")
    hall.prove(board)
    return board


@pytest.fixture
def own_gala(own_stage: Stage) -> str:
    """Return a board like `gala`, alone in a web app that the test may stop and restart."""
    board = own_stage.write_board("gala")
    own_stage.give(board, "Phone", 25, key="first")
    own_stage.prove(board)
    own_stage.start()
    return board


@pytest.fixture
def open_window(browser: Browser) -> Iterator[Callable[..., Screen]]:
    """Return a function that opens windows; any error in the console of one fails the test.

    Pass `network=False` if the test stops the server.
    """
    with ExitStack() as windows:
        yield lambda **options: windows.enter_context(open_screen(browser, **options))


@pytest.fixture
def run(module_page: Page, static_url: str) -> Reduce:
    """Return a function that gives the state after the events; every state is frozen."""

    def reduce(*events: Event) -> State:
        state: State = module_page.evaluate(RUN, [static_url, "fundraiser", NOW_MS, list(events)])
        return state

    return reduce
