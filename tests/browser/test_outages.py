"""What an unattended screen shows while server, Redis, network or machine fail and recover."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Request

from local.dynamodb import create_table
from reconcile.reconcile import reconcile_board
from tests.browser.hidden import HIDE
from tests.browser.screen import Screen
from tests.browser.stage import Stage
from tests.conftest import RedisServer
from tests.stream_events import donation

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

# Record the figure in every frame that the page draws; the record survives a reload.
WATCH_FRAMES = """
function look() {
  const frames = JSON.parse(sessionStorage.getItem("frames") ?? "[]");
  const text = document.getElementById("total")?.textContent ?? "";
  if (frames.at(-1) !== text) sessionStorage.setItem("frames", JSON.stringify([...frames, text]));
  requestAnimationFrame(look);
}
requestAnimationFrame(look);
"""


def sign_of(screen: Screen) -> str:
    screen.wait("() => !sign.hidden")
    return screen.page.inner_text("#sign")


def test_a_killed_server_is_owned_up_to_and_its_return_heals(
    own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    screen = open_window(network=False)
    screen.page.clock.install()
    screen.show(own_stage, own_gala).wait_for_state("live")
    screen.page.evaluate("window.same = true")
    own_stage.kill()
    screen.wait_for_state("reconnecting")
    assert sign_of(screen).startswith("Reconnecting – figures as of ")
    screen.page.clock.fast_forward(20_000)
    screen.wait_for_state("offline")
    assert sign_of(screen).startswith("Offline – figures as of ")
    assert screen.page.inner_text("#total") == "$25"
    own_stage.give(own_gala, "Text", 75)
    own_stage.start()
    screen.page.clock.fast_forward(15_000)
    screen.wait_for_state("live")
    screen.wait_for_figures_of(own_stage.read_api(own_gala))
    screen.wait_for_total("$100")
    assert screen.page.locator("#sign").is_hidden()
    assert screen.page.evaluate("window.same") is True


@pytest.fixture
def frail(redis_server: RedisServer, tmp_path: Path) -> Iterator[Stage]:
    """Return a stage on a Redis that the test may kill."""
    built = Stage(redis_server.url, tmp_path)
    yield built
    built.end()
    built.redis.close()


def test_redis_emptied_keeps_the_figures_under_a_sign_until_the_table_is_read(
    frail: Stage, redis_server: RedisServer, dynamodb: Any, open_window: Open
) -> None:
    name = frail.write_board("gala")
    board = frail.boards[name]
    create_table(dynamodb, board)
    for key, amount in (("a", 25), ("b", 17)):
        dynamodb.put_item(TableName=board.table, Item=donation(key, "Phone", amount))
        frail.give(name, "Phone", amount, key=key)
    reconcile_board(board, dynamodb, frail.redis)
    frail.start()
    screen = open_window().show(frail, name)
    screen.wait_for_state("live")
    redis_server.kill()
    screen.wait_for_state("stale")
    assert sign_of(screen).startswith("No new figures since ")
    redis_server.start()
    frail.give(name, "Phone", 25, key="a")
    screen.wait_for_state("checking")
    assert sign_of(screen).startswith("Checking – these figures may be incomplete")
    assert screen.page.inner_text("#total") == "$42"
    reconcile_board(board, dynamodb, frail.redis)
    screen.wait_for_state("live")
    screen.wait_for_total("$42")
    screen.wait_for_figures_of(frail.read_api(name))


def test_a_screen_that_is_there_before_redis_waits_for_it(
    frail: Stage, redis_server: RedisServer, open_window: Open
) -> None:
    name = frail.write_board("gala")
    redis_server.kill()
    frail.start()
    screen = open_window(network=False)
    screen.page.goto(f"{frail.url}/?lang=en&board={name}")
    screen.wait_for_state("waiting")
    assert sign_of(screen) == "Waiting for the first figures"
    assert screen.page.inner_text("#total") == "–"
    redis_server.start()
    frail.give(name, "Phone", 25)
    frail.prove(name)
    screen.wait_for_state("live")
    screen.wait_for_figures_of(frail.read_api(name))


def test_another_version_of_the_page_loads_itself_and_never_shows_an_empty_figure(
    own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    screen = open_window(network=False)
    screen.page.add_init_script(WATCH_FRAMES)
    # Screens reload after a random delay.
    screen.page.add_init_script("Math.random = () => 0")
    screen.show(own_stage, own_gala).wait_for_state("live")
    screen.wait_for_total("$25")
    screen.page.evaluate("window.same = true; sessionStorage.removeItem('frames')")
    own_stage.kill()
    own_stage.rewrite_board(own_gala, title='"Grand gala"')
    own_stage.start()
    screen.wait("() => window.same === undefined && title.innerText === 'Grand gala'")
    screen.wait_for_state("live")
    screen.wait_for_figures_of(own_stage.read_api(own_gala))
    assert screen.page.evaluate("JSON.parse(sessionStorage.getItem('frames'))") == ["$25"]


def test_redis_going_back_to_an_older_state_is_shown_as_soon_as_that_is_proven(
    frail: Stage, redis_server: RedisServer, dynamodb: Any, open_window: Open
) -> None:
    """The web app sees neither the loss nor the repair, because it is cut off from Redis."""
    name = frail.write_board("gala")
    board = frail.boards[name]
    create_table(dynamodb, board)
    for number in range(5):
        dynamodb.put_item(TableName=board.table, Item=donation(f"d-{number}", "Phone", 10))
        frail.give(name, "Phone", 10, key=f"d-{number}")
    reconcile_board(board, dynamodb, frail.redis)
    frail.start()
    screen = open_window(network=False).show(frail, name)
    screen.wait_for_total("$50")
    frail.freeze()
    redis_server.kill()
    redis_server.start()
    dynamodb.delete_item(TableName=board.table, Key={"donationId": {"S": "d-0"}})
    reconcile_board(board, dynamodb, frail.redis)
    frail.thaw()
    screen.wait_for_total("$40")
    screen.wait_for_state("live")
    frail.give(name, "Phone", 20, key="d-1")
    screen.wait_for_total("$50")
    screen.wait_for_figures_of(frail.read_api(name))


def test_a_network_that_goes_and_comes_back_is_taken_up_at_once(
    stage: Stage, gala: str, open_window: Open
) -> None:
    screen = open_window(network=False).show(stage, gala)
    screen.wait_for_state("live")
    screen.page.context.set_offline(True)
    screen.wait_for_state("reconnecting")
    stage.give(gala, "Text", 75)
    screen.page.context.set_offline(False)
    screen.wait_for_state("live")
    screen.wait_for_total("$100")


def test_a_machine_that_slept_asks_again(stage: Stage, gala: str, open_window: Open) -> None:
    screen = open_window()
    screen.page.clock.install()
    screen.show(stage, gala).wait_for_state("live")

    def is_stream(request: Request) -> bool:
        return "/events" in request.url

    with screen.page.expect_request(is_stream):
        screen.page.clock.fast_forward("08:00:00")
    screen.wait_for_state("live")
    stage.give(gala, "Text", 75)
    screen.wait_for_total("$100")


def test_a_tab_that_was_hidden_shows_all_that_it_missed(
    stage: Stage, gala: str, open_window: Open
) -> None:
    screen = open_window()
    screen.page.clock.install()
    screen.show(stage, gala).wait_for_state("live")
    other = open_window().show(stage, gala)
    screen.page.evaluate(HIDE, True)
    stage.give(gala, "Text", 600_000)
    other.wait_for_total("$600,025")
    other.wait("() => celebration.dataset.step === '50000000'")
    assert screen.page.inner_text("#total") == "$25"
    screen.page.clock.fast_forward(5_000)
    screen.page.evaluate(HIDE, False)
    screen.wait_for_total("$600,025")
    screen.wait_for_figures_of(stage.read_api(gala))
    # The other screens celebrated while it was hidden; it must not celebrate later, alone.
    assert screen.page.locator("#celebration").is_hidden()


def test_a_board_that_does_not_exist_is_named(stage: Stage, gala: str, open_window: Open) -> None:
    screen = open_window(network=False)
    screen.page.goto(f"{stage.url}/?lang=en&board=nothing")
    screen.wait_for_state("unknown")
    assert sign_of(screen) == "There is no board named “nothing”"
