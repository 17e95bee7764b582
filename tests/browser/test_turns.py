"""One screen shows several panels or several boards in turn, each with its own truth."""

from collections.abc import Callable
from typing import Any

import pytest

from aggregates.keys import board_keys
from tests.browser.greetings import MONEY
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]
Call = Callable[..., Any]

SECOND_MS = 1_000


def test_panels_below_the_figure_take_turns(scripted: ScriptedApp, open_window: Open) -> None:
    scripted.greet(**MONEY)
    screen = open_window()
    screen.page.clock.install()
    screen.page.goto(f"{scripted.url}?lang=en&every=5&panels=total,goal,bars,ticker")
    shows = "(panels) => document.body.dataset.panels === panels"
    for panels in ("total goal bars", "total goal ticker", "total goal bars"):
        screen.wait(shows, panels)
        assert screen.page.locator("#details section").count() == 1
        screen.page.clock.fast_forward(5 * SECOND_MS)


def test_panels_change_without_motion_where_it_is_unwelcome(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**MONEY)
    for motion, fades in (("no-preference", 1), ("reduce", 0)):
        screen = open_window(reduced_motion=motion)
        screen.page.clock.install()
        screen.page.goto(f"{scripted.url}?lang=en&every=5&panels=total,bars,ticker")
        screen.wait("() => document.body.dataset.panels === 'total bars'")
        fading = """() => document.getElementById("details").getAnimations().length"""
        screen.page.evaluate(
            f"""() => {{
              window.most = 0;
              new MutationObserver(() => requestAnimationFrame(() =>
                (most = Math.max(most, ({fading})()))))
                .observe(document.body, {{ attributes: true, attributeFilter: ["data-panels"] }});
            }}"""
        )
        screen.page.clock.fast_forward(5 * SECOND_MS)
        screen.wait("() => document.body.dataset.panels === 'total ticker'")
        screen.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")
        assert screen.page.evaluate("most") == fades


def test_boards_take_turns_each_with_its_own_figures_and_its_own_trust(
    own_stage: Stage, open_window: Open
) -> None:
    boards = [own_stage.write_board(name.lower(), title=f'"{name}"') for name in ("Gala", "Run")]
    for board, amount in zip(boards, (25, 70), strict=True):
        own_stage.give(board, "Phone", amount)
        own_stage.prove(board)
    own_stage.start()
    screen = open_window()
    screen.page.clock.install()
    screen.page.goto(f"{own_stage.url}/?lang=en&board={','.join(boards)}&every=5")
    says = """([heading, amount, state]) => title.innerText === heading
      && total.textContent === amount && connection.dataset.state === state
      && sign.hidden === (state === "live")"""
    screen.wait(says, ["Gala", "$25", "live"])
    screen.page.clock.fast_forward(5 * SECOND_MS)
    screen.wait(says, ["Run", "$70", "live"])
    # Redis loses the board that is shown: the other is as right as before.
    own_stage.redis.unlink(*board_keys(boards[1]))
    own_stage.give(boards[1], "Phone", 7)
    screen.wait(says, ["Run", "$70", "checking"])
    screen.page.clock.fast_forward(5 * SECOND_MS)
    screen.wait(says, ["Gala", "$25", "live"])


def test_no_figure_is_ever_seen_below_another_boards_name(
    own_stage: Stage, open_window: Open
) -> None:
    boards = {}
    for name, amount in (("Gala", 25), ("Run", 7_000)):
        board = own_stage.write_board(name.lower(), title=f'"{name}"')
        own_stage.give(board, "Phone", amount)
        own_stage.prove(board)
        boards[name] = board
    own_stage.start()
    screen = open_window()
    screen.page.goto(f"{own_stage.url}/?lang=en&board={','.join(boards.values())}&every=3")
    screen.wait_for_total("$25")
    screen.page.evaluate(
        """() => {
          window.seen = new Set();
          (function look() {
            seen.add(`${title.innerText} ${total.textContent}`);
            requestAnimationFrame(look);
          })();
        }"""
    )
    screen.wait("() => [...seen].some((one) => one.startsWith('Run'))")
    screen.wait("() => title.innerText === 'Gala'")
    assert sorted(screen.page.evaluate("[...seen]")) == ["Gala $25", "Run $7,000"]


def test_a_board_that_reaches_a_milestone_is_shown_at_once(
    own_stage: Stage, open_window: Open
) -> None:
    fields = {"target": "1_000", "milestones": "[100, 200]"}
    first = own_stage.write_board("gala", title='"Gala"', **fields)
    second = own_stage.write_board("run", title='"Run"', **fields)
    for board in (first, second):
        own_stage.give(board, "Phone", 25)
        own_stage.prove(board)
    own_stage.start()
    screen = open_window(reduced_motion="reduce")
    screen.page.goto(f"{own_stage.url}/?lang=en&board={first},{second}&every=600")
    screen.wait_for_total("$25")
    # The first celebration of each board: one must not pass for the other's.
    for board, heading in ((second, "Run"), (first, "Gala")):
        own_stage.give(board, "Phone", 100)
        screen.wait(
            "(heading) => title.innerText === heading && !celebration.hidden"
            " && document.getElementById('celebration-text').innerText === heading",
            heading,
        )
        assert screen.page.inner_text("#total") == "$125"


@pytest.mark.parametrize(
    ("search", "boards", "seconds"),
    [
        ("", [""], 0),
        ("?board=a", ["a"], 0),
        ("?board=a&every=20", ["a"], 20),
        ("?board=a,b", ["a", "b"], 15),
        ("?board=a,b,a,c,d,e&every=9", ["a", "b", "c", "d"], 9),
        ("?board=a,b&every=1", ["a", "b"], 15),
        ("?board=a&every=soon", ["a"], 0),
        ("?board=,&every=4000", [""], 0),
    ],
)
def test_what_takes_turns_is_in_the_address(
    search: str, boards: list[str], seconds: int, call: Call
) -> None:
    options = call("options.readOptions", search, [])
    assert (options["boards"], options["every_ms"]) == (boards, 1_000 * seconds)
