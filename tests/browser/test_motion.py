"""Motion is calm and correct: no overlapping rows, no racing cents, stable colours."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.examples import example
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

Call = Callable[..., Any]
Open = Callable[..., Screen]

NOW_MS = 1_795_287_851_300

# The largest overlap of two visible rows of the ticker, in any frame.
_WATCH_ROWS = """() => {
  window.overlap = 0;
  window.frames_seen = 0;
  function look() {
    const boxes = [...document.querySelectorAll("#ticker li")]
      .filter((row) => Number(getComputedStyle(row).opacity) > 0.05)
      .map((row) => row.getBoundingClientRect())
      .sort((a, b) => a.top - b.top);
    boxes.forEach((box, place) => {
      if (place > 0) overlap = Math.max(overlap, boxes[place - 1].bottom - box.top);
    });
    frames_seen += 1;
    requestAnimationFrame(look);
  }
  requestAnimationFrame(look);
}"""
_COUNT = """async ([values, unit]) => {
  const { createCountUp } = await import("/static/panels/count_up.js");
  const shown = [];
  const countTo = createCountUp((value) => shown.push(value));
  for (const value of values) {
    countTo(value, unit, false);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return shown;
}"""


def make_items(first: int, count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "at_ms": NOW_MS + number,
            "attributes": {"platform": f"Place {number}", "amount": 2500},
        }
        for number in range(first, first + count)
    ]


def test_rows_of_the_ticker_never_lie_over_each_other(
    scripted: ScriptedApp, open_window: Open
) -> None:
    ticker = {"length": 12, "attributes": ["platform", "amount"], "items": make_items(100, 12)}
    scripted.greet(ticker=ticker)
    screen = open_window()
    screen.page.goto(f"{scripted.url}?lang=en")
    screen.wait("() => document.querySelectorAll('#ticker li').length > 4")
    screen.page.evaluate(_WATCH_ROWS)
    for version, (first, count) in enumerate([(200, 1), (300, 3), (400, 12)], start=814):
        scripted.say("update", version=version, ticker={"put": make_items(first, count)})
        top = f"Place {first + count - 1}"
        screen.wait(
            """(text) => {
          const rows = [...document.querySelectorAll("#ticker li")];
          return rows[0]?.innerText.startsWith(text) && !rows.some((row) => row.dataset.leaving);
        }""",
            top,
        )
    assert screen.page.evaluate("frames_seen") > 10
    assert screen.page.evaluate("overlap") < 1.5


@pytest.mark.parametrize("values", [[0, 570_471, 570_514], [10_000, 250]])
def test_a_figure_runs_in_whole_units_with_the_cents_of_its_end(
    values: list[int], module_page: Page
) -> None:
    shown = module_page.evaluate(_COUNT, [values, 100])
    assert shown[-1] == values[-1]
    assert {value % 100 for value in shown} <= {value % 100 for value in values}


JOINED = ("Website", "Twitch", "Bank", "Phone", "Text", "Facebook", "Mail", "Radio", "Door")


def test_a_group_keeps_its_colour_when_others_join(call: Call) -> None:
    """On every screen, also one that sees only some of them, or is loaded later."""
    numbers = {group: number for number, group in enumerate(JOINED, 1)}
    last = dict(call("colours.assignColours", list(JOINED), [], numbers))
    assert len({last[group] for group in JOINED[:8]}) == 8
    for count in range(1, len(JOINED)):
        for groups in (JOINED[:count], JOINED[count:], sorted(JOINED[:count])):
            seen = call("colours.assignColours", list(groups), [], numbers)
            assert {group: last[group] for group in groups} == dict(seen)


def test_groups_that_the_board_names_have_their_colours_before_they_appear(call: Call) -> None:
    numbers = {"Blue": 1, "Other": 2, "Red": 3}
    found = dict(call("colours.assignColours", ["Blue", "Other"], ["Red", "Blue"], numbers))
    assert found == {"Red": 0, "Blue": 1, "Other": 2}


def test_two_screens_agree_on_colours_whenever_they_were_loaded(
    stage: Stage, gala: str, open_window: Open
) -> None:
    """The board's own colours come first; the others' go by the order of appearance."""
    colours = """() => Object.fromEntries([...document.querySelectorAll("#bars li")]
      .map((row) => [row.dataset.group, getComputedStyle(row).getPropertyValue("--colour")]))"""
    first = open_window().show(stage, gala)
    for number, group in enumerate(("Web", "Bank", "Café")):
        stage.give(gala, group, 30 + number)
        first.wait(f"() => document.querySelectorAll('#bars li').length === {number + 2}")
    second = open_window().show(stage, gala)
    second.wait("() => document.querySelectorAll('#bars li').length === 4")
    seen = first.page.evaluate(colours)
    assert seen == second.page.evaluate(colours)
    assert len(set(seen.values())) == 4


def test_the_header_is_quiet_while_donations_come_in(
    scripted: ScriptedApp, open_window: Open
) -> None:
    live = example("snapshot")["status"]
    scripted.greet(created="2026-11-21T19:04:11.000Z", status=live)
    screen = open_window()
    screen.page.clock.install()
    screen.page.goto(f"{scripted.url}?lang=en")
    screen.wait_for_state("live")
    assert screen.page.locator("#age").is_hidden()
    later = live | {"at": "2026-11-21T19:09:11.000Z"}
    scripted.say("status", **later)
    screen.wait("() => !age.hidden && age.innerText === 'last change 5 min. ago'")
