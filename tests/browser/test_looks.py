"""The display is readable: names, menus, first minutes, votes, directions, forced colours."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.examples import example
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

PHONE = {"width": 390, "height": 844}
_VOTE = {
    "measures": [{"name": "count", "attribute": None, "unit": "", "exponent": 0}],
    "goal": None,
    "timeline": None,
    "ticker": None,
    "totals": {"ALL": {"count": 420}, "Pie": {"count": 300}, "Song": {"count": 120}},
}
_IS_WHOLE = """(selector) => [...document.querySelectorAll(selector)]
  .every((element) => element.scrollWidth <= element.clientWidth + 1)"""


def show(open_window: Open, app: ScriptedApp, query: str = "lang=en", **options: Any) -> Screen:
    screen = open_window(**options)
    screen.page.goto(f"{app.url}?{query}")
    screen.wait_for_state("live")
    return screen


def test_two_groups_have_their_whole_names(scripted: ScriptedApp, open_window: Open) -> None:
    totals = {
        "ALL": {"count": 2_525, "amount": 10_100_000},
        "Save the animals": {"count": 1_425, "amount": 5_700_000},
        "Kill the animals": {"count": 1_100, "amount": 4_400_000},
    }
    scripted.greet(totals=totals)
    for size in ({"width": 1920, "height": 1080}, {"width": 1366, "height": 768}, PHONE):
        screen = show(open_window, scripted, size=size)
        screen.wait("() => document.querySelectorAll('#bars li').length === 2")
        assert screen.page.evaluate(_IS_WHOLE, "#bars .name")


def test_many_groups_fill_the_wall_in_columns(scripted: ScriptedApp, open_window: Open) -> None:
    totals = {f"Team {n}": {"count": 1, "amount": 10_000 - n} for n in range(50)}
    everything = {"count": 250, "amount": sum(one["amount"] for one in totals.values()) + 99}
    rest = {"groups": 150, "count": 200, "amount": 99}
    scripted.greet(totals={"ALL": everything, **totals}, rest=rest)
    screen = show(open_window, scripted, "lang=en&panels=bars")
    screen.wait("() => document.querySelectorAll('#bars li').length > 30")
    groups = screen.page.evaluate(
        """() => [...document.querySelectorAll("#bars li")]
          .reduce((sum, row) => sum + Number(row.dataset.rest ?? 1), 0)"""
    )
    assert groups == 200
    # Every row is inside the panel, and no rows overlap.
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    boxes = screen.page.locator("#bars li").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().toJSON())"
    )
    assert max(box["right"] for box in boxes) <= 1920
    assert max(box["bottom"] for box in boxes) <= 1080
    corners = {(round(box["left"]), round(box["top"])) for box in boxes}
    assert len(corners) == len(boxes)


@pytest.mark.parametrize("size", [{"width": 1920, "height": 1080}, PHONE], ids=["wall", "phone"])
def test_menus_stay_on_the_screen(
    size: dict[str, int], own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    own_stage.kill()
    title = "The very long night of the seventeen good causes and friends"
    own_stage.rewrite_board(own_gala, title=f'"{title}"')
    own_stage.write_board("other", title=f'"{title} of the other half of the town"')
    own_stage.start()
    screen = open_window(size=size).show(own_stage, own_gala)
    screen.wait("() => !switcher.hidden")
    for menu, content in (("switcher", "#switcher-list"), ("about", "#about-list")):
        screen.page.click(f"#{menu}-title")
        screen.page.locator(f"{content} > *").first.wait_for()
        box = screen.page.locator(content).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size["width"]
        assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        screen.page.keyboard.press("Escape")
        screen.wait("(menu) => !document.getElementById(menu).open", menu)
        assert screen.page.evaluate("document.activeElement.id") == f"{menu}-title"


def test_links_are_as_high_as_a_finger(scripted: ScriptedApp, open_window: Open) -> None:
    scripted.greet(donate_url="https://example.org/give")
    screen = show(open_window, scripted, size=PHONE)
    heights = screen.page.locator("#footer a, summary").evaluate_all(
        "(all) => all.filter((one) => one.checkVisibility()).map((one) => one.offsetHeight)"
    )
    assert len(heights) == 4
    assert min(heights) >= 24


@pytest.mark.parametrize("lang", ["fa", "ur"])
def test_english_words_are_read_from_left_to_right(
    lang: str, scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet()
    screen = show(open_window, scripted, f"lang={lang}")
    assert screen.page.evaluate("[document.dir, document.documentElement.lang]") == ["ltr", "en"]


def test_an_empty_board_says_so_and_nothing_moves_when_the_first_donation_comes(
    scripted: ScriptedApp, open_window: Open
) -> None:
    timeline = {"bucket_seconds": 60, "step_seconds": 60, "points": [], "recent": []}
    ticker = {"length": 12, "attributes": ["platform", "amount"], "items": []}
    nothing = {"ALL": {"count": 0, "amount": 0}}
    scripted.greet(totals=nothing, timeline=timeline, ticker=ticker)
    screen = show(open_window, scripted)
    places = """() => ["bars", "timeline", "ticker"].map((name) => {
      const { left, width } = document.getElementById(`${name}-panel`).getBoundingClientRect();
      return [left, width];
    })"""
    before = screen.page.evaluate(places)
    assert (
        screen.page.locator("#first:visible").inner_text() == "The first donation will appear here"
    )
    assert screen.page.locator(".nothing:visible").count() == 0
    values = {"count": 1, "amount": 2_500}
    item = {"id": 1, "at_ms": 1795287851000, "attributes": {"platform": "Phone", "amount": 2500}}
    scripted.say(
        "update",
        totals={"ALL": values, "Phone": values},
        groups={"count": 1, "shown": 1},
        rest=None,
        timeline={"points": [[1795287840, 1, 2500]], "recent": [[1795287840, 1, 2500]]},
        ticker={"put": [item]},
    )
    screen.wait("() => document.querySelectorAll('#bars li, #ticker li').length === 2")
    assert screen.page.locator(".nothing:visible, #first:visible").count() == 0
    assert screen.page.evaluate(places) == before


def test_a_reached_goal_says_so_for_as_long_as_it_is(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(totals={"ALL": {"count": 1, "amount": 250_000_000}})
    screen = show(open_window, scripted)
    assert screen.page.inner_text("#goal-done") == "Goal reached"
    scripted.say("update", totals={"ALL": {"count": 1, "amount": 249_999_999}})
    screen.page.locator("#goal-done").wait_for(state="hidden")
    assert screen.page.locator("#goal-marks .target.reached").count() == 0


def test_columns_tell_their_own_scale(scripted: ScriptedApp, open_window: Open) -> None:
    """The tallest column has a label: its height does not belong to the line's axis."""
    points = [[1795280400 + 900 * n, 2, 10_000 + 5_000 * (n == 3)] for n in range(8)]
    timeline = example("snapshot")["timeline"] | {"points": points}
    scripted.greet(timeline=timeline)
    screen = show(open_window, scripted)
    screen.wait("() => chart.dataset.best === '15000'")
    # A text describes the chart for people who cannot see it.
    assert "to $41,250.50 at" in (screen.page.get_attribute("#chart", "aria-label") or "")


def test_an_overlay_of_a_vote_shows_its_options(scripted: ScriptedApp, open_window: Open) -> None:
    scripted.greet(**_VOTE)
    screen = show(open_window, scripted, "overlay=1&lang=en", size={"width": 1280, "height": 720})
    screen.wait("() => getComputedStyle(bars).getPropertyValue('--columns') === '2'")
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    assert screen.page.locator("#bars .name").all_inner_texts() == ["Pie", "Song"]
    assert screen.page.locator("#bars .amount").all_inner_texts() == ["300", "120"]
    first, second = (row.bounding_box() for row in screen.page.locator("#bars li").all())
    assert first is not None
    assert second is not None
    assert first["y"] == second["y"]
    assert first["x"] + first["width"] < second["x"]


def test_an_overlay_of_one_number_is_as_wide_as_the_number(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet()
    size = {"width": 1280, "height": 720}
    screen = show(open_window, scripted, "overlay=1&lang=en&panels=total", size=size)
    screen.wait_for_total("$41,250.50")
    wide = screen.page.evaluate("[document.body.offsetWidth, total.getBoundingClientRect().width]")
    assert wide[0] < 900
    assert wide[1] < wide[0]


def test_a_celebration_leaves_the_overlays_figure_free(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet()
    size = {"width": 1280, "height": 720}
    screen = show(open_window, scripted, "overlay=1&lang=en", size=size, reduced_motion="reduce")
    scripted.say("update", reached={"100000000": "2026-11-21T19:04:12.020Z"})
    screen.wait("() => !celebration.hidden")
    message = screen.page.locator("#celebration .message").bounding_box()
    plate = screen.page.evaluate("document.body.getBoundingClientRect().top")
    assert message is not None
    assert message["y"] >= 0
    assert message["y"] + message["height"] <= plate


def test_old_figures_are_dimmed_with_all_that_is_drawn_from_them(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet()
    screen = show(open_window, scripted)
    colours = """() => ["goal-percent", "goal-fill"].map((id) => {
      const { color, backgroundColor } = getComputedStyle(document.getElementById(id));
      return id === "goal-fill" ? backgroundColor : color;
    })"""
    bright = screen.page.evaluate(colours)
    scripted.say("status")  # the specification's example: Redis does not answer
    screen.wait_for_state("stale")
    dimmed = screen.page.evaluate(colours)
    assert [one for one, other in zip(bright, dimmed, strict=True) if one == other] == []


def test_forced_colours_leave_the_count_and_the_bars(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(rejected=1)
    screen = show(open_window, scripted, forced_colors="active")
    on_top = """(id) => {
      const { left, top, width, height } = document.getElementById(id).getBoundingClientRect();
      return document.elementFromPoint(left + width / 2, top + height / 2).id;
    }"""
    assert [screen.page.evaluate(on_top, name) for name in ("count", "not-counted")] == [
        "count",
        "not-counted",
    ]
    assert screen.page.evaluate("getComputedStyle(counts).position") == "relative"
    borders = """() => ["#goal-track", "#bars .track"].map((selector) =>
      getComputedStyle(document.querySelector(selector)).borderTopWidth)"""
    assert screen.page.evaluate(borders) == ["1px", "1px"]


def test_cards_of_boards_have_a_line_for_each_text(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet()
    screen = open_window()
    screen.page.goto(f"{scripted.url}boards?lang=en")
    screen.wait("() => document.querySelector('.cards .total')?.innerText === '$41,250.50'")
    tops = screen.page.locator(".cards :is(.meta, .state)").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().top)"
    )
    assert len(set(tops)) == len(tops) == 2


def test_a_minus_is_no_hyphen(scripted: ScriptedApp, open_window: Open) -> None:
    scripted.greet(totals={"ALL": {"count": 2, "amount": -255_000}})
    screen = show(open_window, scripted)
    screen.wait_for_total("\N{MINUS SIGN}$2,550")
