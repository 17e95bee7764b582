"""A screen shows where to give, the time left, and promises apart from the donations."""

from typing import Any

import pytest

from tests.browser.opening import Open, now, open_live
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

_GIVE = {"donate_url": "https://give.example/gala", "donate_address": "give.example/gala"}
_SIZES = {
    "wall": (1920, 1080, ""),
    "laptop": (1366, 768, ""),
    "upright": (1080, 1920, ""),
    "square": (1080, 1080, ""),
    "strip": (1536, 256, ""),
    "phone": (390, 844, ""),
    "overlay": (1280, 720, "&overlay=1"),
    "far": (1920, 1080, "&far=1"),
    "strip over a video": (1920, 1080, "&overlay=strip"),
}


@pytest.mark.parametrize("place", _SIZES)
def test_code_and_address_lie_over_nothing(
    place: str, scripted: ScriptedApp, open_window: Open
) -> None:
    width, height, query = _SIZES[place]
    match = {"text": "Every gift is doubled by Banque Nord", "until": now(3600)}
    totals = {"ALL": {"count": 33_300, "amount": 133_460_754_746}}
    greeting = {**_GIVE, "match": match, "totals": totals, "ends": now(8000)}
    screen = open_live(open_window, scripted, query, (width, height), **greeting)
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    parts = "#total, #counts, #goal-text, #give-panel .code, #give-panel .address, #give-button"
    boxes = screen.page.evaluate(
        """(parts) => [...document.querySelectorAll(parts + ", #match, #title")]
          .filter((one) => one.checkVisibility() && one.offsetWidth > 0)
          .map((one) => [one.id || one.className, one.getBoundingClientRect().toJSON()])""",
        parts,
    )
    over = [
        (one, other)
        for at, (one, a) in enumerate(boxes)
        for other, b in boxes[at + 1 :]
        if {one, other} != {"total", "counts"}
        and a["left"] < b["right"] - 1
        and b["left"] < a["right"] - 1
        and a["top"] < b["bottom"] - 4
        and b["top"] < a["bottom"] - 4
    ]
    # The line with the count is as wide as its panel, although its text is short.
    assert [pair for pair in over if set(pair) != {"counts", "goal-text"}] == []
    assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if place == "phone":
        assert screen.page.get_attribute("#give-button", "href") == _GIVE["donate_url"]
    elif "video" in place:  # where a code of its height could not be read
        assert screen.page.inner_text("#give-panel .address") == "give.example/gala"
    else:
        assert screen.page.locator("#give-panel .code").is_visible()
    told = screen.page.locator("#match .promise, #time-left")
    assert all(one.is_visible() for one in told.all()) or place == "overlay"


@pytest.mark.parametrize("amount", [11_300_000, 9_900_000, 128_400_000])
def test_the_percentage_stands_beside_the_figure_and_not_in_it(
    amount: int, scripted: ScriptedApp, open_window: Open
) -> None:
    at = {"10000000": now()} if amount > 10_000_000 else {}
    goal = {"measure": "amount", "target": 10_000_000, "milestones": [], "names": {}, "reached": at}
    totals = {"ALL": {"count": 900, "amount": amount}, "Web": {"count": 900, "amount": amount}}
    screen = open_live(open_window, scripted, goal=goal, totals=totals)
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    figure, percent = screen.page.evaluate(
        """() => ["total", "goal-percent"].map((id) => {
          const range = document.createRange();
          range.selectNodeContents(document.getElementById(id));
          return range.getBoundingClientRect().toJSON();
        })"""
    )
    beside = percent["left"] > figure["right"] + 4
    # A box has room below its digits, where they have no ink.
    assert beside or percent["top"] > figure["bottom"] - 0.15 * figure["height"]


def test_a_real_code_leads_to_the_donation_page(own_stage: Stage, open_window: Open) -> None:
    board = own_stage.write_board("gala", donate_url='"https://give.example/gala"')
    own_stage.give(board, "Phone", 25)
    own_stage.prove(board)
    own_stage.start()
    screen = open_window().show(own_stage, board)
    screen.wait("() => document.querySelector('#give-panel .code').naturalWidth > 0")
    assert screen.page.inner_text("#give-panel .address") == "give.example/gala"


def test_a_promise_is_shown_apart_from_the_total_and_disappears_in_time(
    scripted: ScriptedApp, open_window: Open
) -> None:
    match = {"text": "Every gift is doubled", "until": now(3)}
    screen = open_live(open_window, scripted, match=match)
    assert screen.page.inner_text("#match .promise") == "Every gift is doubled"
    assert "not in the total" in screen.page.inner_text("#match .aside")
    screen.wait_for_total("$41,250.50")
    screen.page.locator("#match").wait_for(state="hidden", timeout=6_000)


def test_a_board_without_a_donation_page_has_no_code(
    scripted: ScriptedApp, open_window: Open
) -> None:
    screen = open_live(open_window, scripted)
    assert screen.page.locator("#give-panel").is_hidden()
    assert screen.page.locator("#time-left").is_hidden()


@pytest.mark.parametrize(
    ("left_ms", "text"),
    [
        (3 * 86_400_000, "3 days left"),
        (30 * 3_600_000, "30 hr left"),
        (8_040_000, "2 hr 14 min left"),
        (59 * 60_000, "59 min left"),
        (599_000, "9:59 left"),
        (1, "0:01 left"),
        (0, "Time is up"),
        (-5, "Time is up"),
    ],
)
def test_the_time_left_is_told_as_precisely_as_it_matters(
    left_ms: int, text: str, module_page: Any
) -> None:
    said = module_page.evaluate(
        """async (left_ms) => {
          const [{ describeTimeLeft }, { createFormat }, { createTexts }] = await Promise.all(
            ["time_left", "format", "texts"].map((name) => import(`/static/${name}.js`)));
          const { t } = createTexts("en");
          return describeTimeLeft(left_ms, { format: createFormat("en", "en"), t });
        }""",
        left_ms,
    )
    assert said == text


def test_a_rehearsal_is_said(scripted: ScriptedApp, open_window: Open) -> None:
    scripted.greet(rehearsal=True)
    screen = open_window()
    screen.page.goto(f"{scripted.url}?lang=en")
    screen.wait("() => document.querySelector('#time-left').innerText === 'Rehearsal'")
