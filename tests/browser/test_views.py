"""What an address asks for on a wall: far, bare, another zone's times; and the slow movement."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.browser.contests import contest, teams
from tests.browser.greetings import CHECKING, IDLE, MONEY, VOTE
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp

pytestmark = pytest.mark.browser

Call = Callable[..., Any]
Open = Callable[..., Screen]

# Legible from ten times the picture's height (AVIXA DISCAS: 200 × 5 %).
LEAST = 0.05
# Every text that is seen, with the height of its capitals as a part of the picture's.
_CAPITALS = """() => {
  const context = document.createElement("canvas").getContext("2d");
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    const element = walker.currentNode.parentElement;
    const is_seen = element.checkVisibility() && !element.closest(".unseen, script, .fraction");
    if (!text || !is_seen) continue;
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(element);
    context.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    found.push([text, context.measureText("H").actualBoundingBoxAscent / innerHeight]);
  }
  return found;
}"""
# What shifts once the page has come to rest.
_WATCH_SHIFTS = """async () => {
  window.shifts = [];
  new PerformanceObserver((list) => shifts.push(...list.getEntries().flatMap(({ sources }) =>
    sources.map(({ node }) => node?.parentElement?.outerHTML)))).observe({ type: "layout-shift" });
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  shifts.length = 0;
}"""
_CUT_OFF = """() => [...document.querySelectorAll(
    "#title, #total, #goal-text, .rows span, #sign, #pin")]
  .filter((one) => one.checkVisibility() && one.innerText)
  .filter((one) => one.getBoundingClientRect().right > innerWidth
    || one.getBoundingClientRect().bottom > innerHeight)
  .map((one) => one.innerText)"""


def show(open_window: Open, app: ScriptedApp, query: str, **options: Any) -> Screen:
    screen = open_window(**options)
    screen.page.goto(f"{app.url}?lang=en&{query}")
    screen.wait_for_a_figure()
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    return screen


@pytest.mark.parametrize(
    "said",
    [
        MONEY,
        VOTE,
        MONEY | {"status": CHECKING},
        MONEY | {"control": IDLE | {"pin": "The raffle closes at nine"}},
        MONEY | {"rejected": 3},
        MONEY | {"totals": {"ALL": {"count": 0, "amount": 0}}},
        MONEY | {"match": {"text": "Doubled by the bakery", "until": None}},
        MONEY | {"ends": "2099-01-01T00:00:00Z"},
        MONEY | {"donate_url": "https://give.example/gala"},
        contest(("Save the animals", "Kill the animals"), Save_the_animals=50, Kill_the_animals=60),
        teams(40),
    ],
    ids=[
        *("money", "vote", "checking", "pinned", "rejected", "empty", "match", "ends", "give"),
        *("two sides", "teams"),
    ],
)
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (3840, 2160)])
def test_all_of_a_far_screen_is_legible_from_ten_times_its_height(
    size: tuple[int, int], said: dict[str, Any], scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**said)
    width, height = size
    screen = show(open_window, scripted, "far=1", size={"width": width, "height": height})
    capitals = screen.page.evaluate(_CAPITALS)
    assert len(capitals) >= 4
    assert [(text, part) for text, part in capitals if part < LEAST] == []
    assert screen.page.evaluate(_CUT_OFF) == []
    # A list that has the screen for itself has room for one more.
    most = 4 if screen.page.evaluate("document.body.dataset.alone") == "1" else 3
    for rows in ("#bars li", "#ticker li"):
        assert screen.page.locator(rows).count() <= most
    assert screen.page.locator("a:visible, summary:visible, .meta:visible").count() == 0


def test_a_far_screen_says_that_a_promise_is_not_in_the_total(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**MONEY | {"match": {"text": "Doubled by the bakery", "until": None}})
    screen = show(open_window, scripted, "far=1")
    assert screen.page.locator("#match .promise").inner_text() == "Doubled by the bakery"
    assert screen.page.locator("#match .aside").inner_text() == "not in the total"
    # It takes the lists' room, not the figure's.
    size = screen.page.locator("#total").evaluate(
        "(one) => parseFloat(getComputedStyle(one).fontSize)"
    )
    assert size > 1080 / 5


_SIZES_OF = """() => ["#total", "#give-panel .code", "#goal-percent"].map((selector) => {
  const one = document.querySelector(selector);
  return selector === "#give-panel .code"
    ? one.getBoundingClientRect().height
    : parseFloat(getComputedStyle(one).fontSize);
})"""


def test_figure_and_code_are_at_least_as_large_from_afar(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**MONEY)
    usual = show(open_window, scripted, "").page.evaluate(_SIZES_OF)
    far = show(open_window, scripted, "far=1").page.evaluate(_SIZES_OF)
    assert [one >= other for one, other in zip(far, usual, strict=True)] == [True] * 3


def test_a_short_figure_leaves_a_far_screen_room_for_the_address(
    scripted: ScriptedApp, open_window: Open
) -> None:
    width = "document.querySelector('#give-panel .address').offsetWidth"
    short = {"totals": {"ALL": {"count": 9, "amount": 90_000}}, "donate_address": "give.org"}
    scripted.greet(**MONEY | short)
    screen = show(open_window, scripted, "far=1")
    assert screen.page.evaluate(width) > 200
    scripted.greet(**MONEY)
    assert show(open_window, scripted, "far=1").page.evaluate(width) == 0


def test_letters_of_a_far_title_keep_their_feet(scripted: ScriptedApp, open_window: Open) -> None:
    scripted.greet(**MONEY | {"title": "Typography"})
    screen = show(open_window, scripted, "far=1")
    assert screen.page.evaluate("title.scrollHeight <= title.clientHeight")


def test_two_sides_have_a_far_screen_for_their_names(
    scripted: ScriptedApp, open_window: Open
) -> None:
    sides = ("Save the animals", "Kill the animals")
    said = contest(sides, Save_the_animals=50, Kill_the_animals=60)
    scripted.greet(**{name: value for name, value in said.items() if name != "ticker"})
    screen = show(open_window, scripted, "far=1")
    names = screen.page.locator("#versus .name")
    assert names.all_inner_texts() == list(sides)
    cut = "(all) => all.some((one) => one.scrollWidth > one.clientWidth)"
    assert not names.evaluate_all(cut)
    assert screen.page.locator("#ticker-panel").is_hidden()


@pytest.mark.parametrize(
    ("size", "lines"), [((1920, 1080), 1), ((1080, 1920), 2), ((1080, 1080), 2)]
)
def test_an_events_name_is_worth_more_than_how_old_the_figures_are(
    size: tuple[int, int], lines: int, scripted: ScriptedApp, open_window: Open
) -> None:
    title = "Winter Gala of the Friends of the Children's Hospital"
    title += " of Greater Springfield and of all its Neighbours" if lines == 1 else ""
    scripted.greet(**MONEY | {"title": title, "created": "2026-11-21T18:00:00Z"})
    width, height = size
    screen = show(open_window, scripted, "", size={"width": width, "height": height})
    assert screen.page.evaluate("title.scrollHeight < title.clientHeight * 1.3")
    assert screen.page.locator("#title").inner_text() == title
    if lines == 1:
        screen.wait("() => age.textContent !== ''")
        assert screen.page.locator("#age").is_hidden()


def test_a_bare_screen_has_figures_and_nothing_to_click(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**MONEY)
    for place in ((1920, 1080), (1080, 1920), (1080, 1080)):
        size = {"width": place[0], "height": place[1]}
        screen = show(open_window, scripted, "bare=1", size=size)
        assert screen.page.locator("a:visible, summary:visible, button:visible").count() == 0
        for panel in ("total", "goal", "bars", "timeline", "ticker"):
            assert screen.page.locator(f"#{panel}-panel").is_visible()
        assert screen.page.inner_text("#connection-text") != ""


def test_times_are_those_of_the_zone_that_the_address_names(
    scripted: ScriptedApp, open_window: Open
) -> None:
    at_ms = 1_795_287_851_000  # 19:04 in UTC
    item = {"id": 1, "at_ms": at_ms, "attributes": {"platform": "Phone", "amount": 2500}}
    ticker = {"length": 12, "attributes": ["platform", "amount"], "items": [item]}
    scripted.greet(**MONEY | {"ticker": ticker})
    told = {}
    for zone in ("", "Asia/Kathmandu", "America/New_York", "nonsense"):
        screen = show(open_window, scripted, f"tz={zone}")
        told[zone] = screen.page.inner_text("#ticker .meta").replace("\u202f", " ")
    times = {zone: text.rpartition(", ")[2] for zone, text in told.items()}
    assert times["Asia/Kathmandu"] == "12:49 AM"
    assert times["America/New_York"] == "2:04 PM"
    assert times[""] == times["nonsense"] == "7:04 PM"


def test_the_picture_drifts_by_a_pixel_at_a_time_and_not_far(call: Call) -> None:
    path = [call("drift.driftAt", 15_000 * step) for step in range(4 * 60 * 8)]
    assert path[0] == [0, 0]
    assert max(abs(x) for x, _ in path) == 6
    assert max(abs(y) for _, y in path) == 4
    for (x, y), (next_x, next_y) in pairwise(path):
        assert abs(next_x - x) <= 1
        assert abs(next_y - y) <= 1
    assert len(set(map(tuple, path))) > 60


@pytest.mark.parametrize(
    ("query", "motion", "drifts"),
    [("", "no-preference", True), ("", "reduce", False), ("overlay=1", "no-preference", False)],
)
def test_a_wall_drifts_without_a_layout_shift_where_motion_is_welcome(
    query: str, motion: str, drifts: bool, scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**MONEY)
    screen = open_window(reduced_motion=motion)
    screen.page.clock.install()
    screen.page.goto(f"{scripted.url}?lang=en&{query}")
    screen.wait_for_a_figure()
    screen.page.clock.fast_forward(2_000)  # the first drawing is over
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    screen.page.evaluate(_WATCH_SHIFTS)
    before = screen.page.evaluate("[total.offsetLeft, total.offsetTop]")
    screen.page.clock.fast_forward(14_000)  # no sign of silence yet
    moved = screen.page.evaluate("document.body.style.transform")
    assert (moved != "") == drifts
    screen.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")
    assert screen.page.evaluate("[total.offsetLeft, total.offsetTop]") == before
    assert screen.page.evaluate("shifts") == []
    assert screen.page.evaluate("document.documentElement.clientWidth === innerWidth")
    # What is outside of the picture cannot be scrolled to.
    assert screen.page.evaluate("getComputedStyle(document.body).overflow") == "hidden"


@pytest.mark.parametrize("size", [(1536, 256), (1920, 384), (2560, 320)])
@pytest.mark.parametrize("said", [MONEY, MONEY | {"status": CHECKING}, VOTE])
def test_an_led_strip_is_filled_by_the_figure(
    said: dict[str, Any], size: tuple[int, int], scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**said)
    width, height = size
    screen = show(open_window, scripted, "", size={"width": width, "height": height})
    boxes = screen.page.evaluate(
        """() => ["total", "goal-panel", "give-panel", "details"]
          .map((id) => document.getElementById(id))
          .filter((one) => one?.checkVisibility())
          .map((one) => one.getBoundingClientRect().toJSON())
          .sort((a, b) => a.left - b.left)"""
    )
    assert boxes[0]["height"] >= 0.4 * height  # the total
    assert boxes[0]["top"] >= 0
    for before, after in pairwise(boxes):
        assert before["right"] <= after["left"]
    assert boxes[-1]["right"] <= width
    assert max(box["bottom"] for box in boxes) <= height
    if "goal" not in said or said["goal"]:
        assert "$34,210 to go" in screen.page.inner_text("#goal-next")
    assert screen.page.evaluate("document.documentElement.scrollHeight") <= height
