"""An overlay takes little of the picture: a strip, a corner, one panel in its own size."""

import html
import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.browser.greetings import CHECKING, IDLE, MONEY, VOTE
from tests.browser.opening import open_still
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

MOST = 0.08
FULL_HD = {"width": 1920, "height": 1080}
HD = {"width": 1280, "height": 720}
# What is drawn of a strip: its parts, from the left to the right.
_BOXES = """() => ["#title", "#total", "#goal-panel", "#give-panel", "#details", "#sign", "#pin"]
  .map((one) => document.querySelector(one))
  .filter((one) => one?.checkVisibility() && one.innerText)
  .map((one) => one.getBoundingClientRect().toJSON())
  .sort((a, b) => a.left - b.left)"""
_CUT_OFF = """() => [...document.querySelectorAll(
    "#title, #total, #goal-next, #goal-percent, #goal-target, .address, .rows span, #pin, #sign")]
  .filter((one) => one.checkVisibility() && one.innerText)
  .filter((one) => getComputedStyle(one).display !== "inline")
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.innerText)"""


def read_box(screen: Screen, selector: str = "body") -> dict[str, float]:
    box: dict[str, float] = screen.page.evaluate(
        "(one) => document.querySelector(one).getBoundingClientRect().toJSON()", selector
    )
    return box


@pytest.mark.parametrize(
    ("at", "size"),
    [
        ("bottom", FULL_HD),
        ("top", FULL_HD),
        ("top-left", FULL_HD),
        ("bottom-right", FULL_HD),
        ("bottom", HD),
    ],
)
def test_a_strip_takes_a_twelfth_of_the_picture_at_most(
    at: str, size: dict[str, int], scripted: ScriptedApp, open_window: Open
) -> None:
    notices = [MONEY | {"status": CHECKING}, MONEY | {"control": IDLE | {"pin": "x"}}]
    for said in (MONEY, VOTE, *(notices if at == "bottom" else [])):
        scripted.greet(**said)
        screen = open_still(open_window, scripted, f"overlay=strip&at={at}", size)
        strip = read_box(screen)
        assert strip["height"] <= MOST * size["height"]
        assert strip["top"] == (0 if at.startswith("top") else size["height"] - strip["height"])
        assert strip["left"] == 0 or at == "bottom-right"
        assert strip["right"] == size["width"] or at == "top-left"
        boxes = screen.page.evaluate(_BOXES)
        assert len(boxes) >= 2
        for box in boxes:
            assert box["top"] >= strip["top"] - 1
            assert box["bottom"] <= strip["bottom"] + 1
            assert box["right"] <= strip["right"]
        for before, after in pairwise(boxes):
            assert before["right"] <= after["left"]
        assert screen.page.evaluate(_CUT_OFF) == []


@pytest.mark.parametrize("size", [FULL_HD, HD], ids=["1080", "720"])
def test_a_strip_says_how_far_it_is_to_what_and_where_to_give(
    size: dict[str, int], scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**MONEY)
    screen = open_still(open_window, scripted, "overlay=strip", size)
    screen.wait_for_total("$165,790")
    assert (
        screen.page.inner_text("#goal-next").replace("\n", " ") == "Pie in the face: $34,210 to go"
    )
    assert screen.page.inner_text("#goal-percent") == "66%"
    assert screen.page.inner_text("#goal-target") == "of $250,000"
    assert screen.page.inner_text("#give-panel .address") == "give.example.org"
    assert screen.page.locator("#ticker li").count() == 1
    assert screen.page.locator("#sign").is_hidden()


def test_a_full_strip_has_the_whole_way_to_go_or_its_name_too(
    scripted: ScriptedApp, open_window: Open
) -> None:
    names = {"20000000": "A very long name of what the whole crew does then, on the stage"}
    scripted.greet(**MONEY | {"goal": {**MONEY["goal"], "names": names}})
    screen = open_still(open_window, scripted, "overlay=strip", FULL_HD)
    screen.wait_for_total("$165,790")
    line, told = read_box(screen, "#goal-next"), read_box(screen, "#goal-next .sum")
    assert screen.page.inner_text("#goal-next .sum") == "$34,210 to go"
    assert line["top"] - 1 <= told["top"] < told["bottom"] <= line["bottom"] + 1
    assert line["left"] <= told["left"] < told["right"] <= line["right"] + 1


def test_a_plate_with_a_promise_and_a_code_leaves_the_picture(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**MONEY, match={"text": "Every gift is doubled until nine", "until": None})
    screen = open_still(open_window, scripted, "overlay=1", FULL_HD)
    screen.wait_for_total("$165,790")
    assert screen.page.locator("#match").is_visible()
    assert screen.page.locator("#give-panel .code").is_visible()
    assert read_box(screen)["height"] <= 0.28 * FULL_HD["height"]


def test_a_strip_of_a_vote_has_its_options_with_their_shares(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**VOTE)
    screen = open_still(open_window, scripted, "overlay=strip", FULL_HD)
    screen.wait("() => getComputedStyle(bars).getPropertyValue('--columns') === '2'")
    rows = [row.split("\n") for row in screen.page.locator("#bars li").all_inner_texts()]
    assert rows == [["Pie", "300", "71%"], ["Song", "120", "29%"]]
    first, second = (row.bounding_box() for row in screen.page.locator("#bars li").all())
    assert first is not None
    assert second is not None
    assert first["x"] + first["width"] < second["x"]


@pytest.mark.parametrize(
    "query",
    [
        "overlay=strip",
        "overlay=strip&at=top-right",
        "overlay=1&panels=total",
        "overlay=1&panels=goal",
        "overlay=1&panels=ticker&at=bottom-left",
    ],
)
def test_an_overlay_always_says_how_far_it_can_be_trusted(
    query: str, scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**MONEY | {"status": CHECKING})
    screen = open_window(size=FULL_HD, reduced_motion="reduce")
    screen.page.goto(f"{scripted.url}?lang=en&{query}")
    screen.wait("() => document.getElementById('sign-text').innerText.startsWith('Checking')")
    screen.wait("() => document.body.dataset.panels")
    sign, plate = read_box(screen, "#sign-text"), read_box(screen)
    assert plate["top"] <= sign["top"] < sign["bottom"] <= plate["bottom"]
    assert screen.page.evaluate("getComputedStyle(sign).visibility") == "visible"


@pytest.mark.parametrize(
    ("panels", "widest"),
    [("total", 0.5), ("goal", 0.5), ("ticker", 0.3), ("give", 0.2), ("bars", 0.5)],
)
def test_one_panel_takes_its_own_size(
    panels: str, widest: float, scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**MONEY)
    screen = open_window(size=FULL_HD)
    screen.page.goto(f"{scripted.url}?lang=en&overlay=1&panels={panels}")
    screen.wait("(panels) => document.body.dataset.panels === panels", panels)
    screen.wait_for_a_figure()
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    assert 0 < read_box(screen)["width"] <= widest * FULL_HD["width"]
    assert read_box(screen)["height"] <= 0.3 * FULL_HD["height"]
    assert screen.page.evaluate(_CUT_OFF) == []


@pytest.mark.parametrize("at", ["bottom", "top", "top-right"])
@pytest.mark.parametrize("overlay", ["strip", "1"])
def test_a_celebration_stands_beside_an_overlay_wherever_that_is(
    overlay: str, at: str, scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**MONEY)
    screen = open_window(size=HD, reduced_motion="reduce")
    screen.page.goto(f"{scripted.url}?lang=en&overlay={overlay}&at={at}")
    screen.wait_for_total("$165,790")
    scripted.say("update", reached={"20000000": "2026-11-21T19:04:12.020Z"})
    screen.wait("() => !celebration.hidden")
    message, plate = read_box(screen, "#celebration .message"), read_box(screen)
    assert message["top"] >= 0
    assert message["bottom"] <= HD["height"]
    assert message["bottom"] <= plate["top"] or message["top"] >= plate["bottom"]


def test_rows_come_together_when_columns_do(scripted: ScriptedApp, open_window: Open) -> None:
    scripted.greet(**VOTE)
    screen = open_still(open_window, scripted, "overlay=strip", FULL_HD)
    screen.wait("() => getComputedStyle(bars).getPropertyValue('--columns') === '2'")
    screen.page.set_viewport_size({"width": 640, "height": 720})
    screen.page.evaluate("details.style.blockSize = '300px'")
    screen.wait("() => getComputedStyle(bars).getPropertyValue('--columns') === '1'")
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    lefts = screen.page.locator("#bars li").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().left)"
    )
    assert lefts[0] == lefts[1]


# What OBS has in its field "Custom CSS" unless somebody removes it.
OBS_CSS = "body { background-color: rgba(0, 0, 0, 0); margin: 0px auto; overflow: hidden; }"


@pytest.mark.parametrize(
    "query",
    ["overlay=1", "overlay=1&at=top-left", "overlay=strip", "overlay=strip&at=top-right"],
)
def test_the_css_of_obs_does_no_harm_and_ones_own_works(
    query: str, stage: Stage, gala: str, open_window: Open
) -> None:
    screen = open_window(size=HD).show(stage, gala, f"&{query}")
    screen.wait_for_total("$25")
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    plate = """() => [document.body.getBoundingClientRect().toJSON(),
      getComputedStyle(document.body).background]"""
    before = screen.page.evaluate(plate)
    screen.page.add_style_tag(content=OBS_CSS)
    assert screen.page.evaluate(plate) == before
    # As on the help page.
    page = (ROOT / "static/help.html").read_text("utf-8")
    examples = re.findall(r"<code>([^<]*!important; })</code>", page)
    assert len(examples) == 4
    screen.page.add_style_tag(content=html.unescape("\n".join(examples)))
    style = "getComputedStyle(document.body)"
    assert screen.page.evaluate(f"{style}.getPropertyValue('--accent').trim()") == "#ff4fd8"
    assert screen.page.evaluate(f"{style}.backgroundColor") == "rgba(0, 0, 0, 0.533)"
    assert screen.page.evaluate(f"{style}.fontFamily") == '"Comic Neue"'
    assert screen.page.locator("#ticker-panel:visible").count() == 0


@pytest.mark.parametrize("overlay", ["strip", "1"])
def test_the_sides_of_a_contest_are_in_an_overlay_and_gifts_are_not(
    overlay: str, scripted: ScriptedApp, open_window: Open
) -> None:
    totals = {"ALL": {"count": 9, "amount": 900}, "Save": {"count": 5, "amount": 500}}
    sides = {"contest": True, "group_order": ["Save", "Kill"], "timeline": None}
    scripted.greet(totals=totals | {"Kill": {"count": 4, "amount": 400}}, **sides)
    screen = open_window(size=FULL_HD)
    screen.page.goto(f"{scripted.url}?lang=en&overlay={overlay}")
    shares = "[...document.querySelectorAll('#versus .share')].map((one) => one.innerText)"
    screen.wait(f"() => {shares}.join() === '56%,44%'")
    assert screen.page.locator("#ticker-panel").is_hidden()
    assert screen.page.evaluate(_CUT_OFF) == []
