"""Groups on pages, in turn: full ones, the same on every screen, with those that lead."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.contests import contest, teams
from tests.browser.examples import example
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]
Call = Callable[..., Any]

AMOUNT = {"name": "amount", "attribute": "amount", "unit": "USD", "exponent": 2}
PAGE_MS = 12_000

_COUNT_STATUSES = """
window.statuses = 0;
window.EventSource = class extends EventSource {
  constructor(...address) {
    super(...address);
    this.addEventListener("status", () => { window.statuses += 1; });
  }
};
"""
_IS_ON_PAGE = """(page) => bars.dataset.turning !== "1"
  && document.querySelector("#bars-panel .page").innerText === page"""


def at(ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(ms / 1000))


def test_hundreds_are_shown_in_turn_and_on_the_same_page_everywhere(
    scripted: ScriptedApp, open_window: Open
) -> None:
    begin_ms = 1_000 * 7 * 20_000 * PAGE_MS // 1_000
    scripted.greet(**teams(200), status={**example("snapshot")["status"], "at": at(begin_ms)})
    screen = open_window()
    screen.page.clock.install(time=begin_ms / 1000)
    screen.page.add_init_script(_COUNT_STATUSES)
    screen.page.goto(f"{scripted.url}?lang=en&panels=bars")
    screen.wait_for_state("live")
    screen.wait("() => document.querySelectorAll('#bars li').length > 30")
    screen.page.clock.run_for(2_000)  # the room is measured once all is there
    pages = int(screen.page.locator("#bars").get_attribute("data-pages") or 0)
    assert pages == 6
    seen: dict[str, list[str]] = {}
    colours: dict[str, str] = {}
    for turn in range(2 * (pages + 1)):
        number = max(1, turn % (pages + 1))  # the first page stays twice as long
        screen.wait(_IS_ON_PAGE, f"page {number} of {pages}")
        rows = screen.page.locator("#bars li").evaluate_all(
            "(all) => all.map((row) => [row.dataset.group, row.dataset.colour])"
        )
        page = screen.page.inner_text("#bars-panel .page")
        groups = sorted(group for group, _ in rows)
        assert len(groups) == len(next(iter(seen.values()), groups))
        assert groups[:3] == ["Team 000", "Team 001", "Team 002"]
        assert seen.setdefault(page, groups) == groups
        assert all(colours.setdefault(group, colour) == colour for group, colour in rows)
        screen.page.clock.run_for(PAGE_MS)
        scripted.say("status", at=at(begin_ms + (turn + 1) * PAGE_MS), state="live", live=True)
        # Before the clock goes on: after 20 s without word the sign takes room from the rows.
        screen.wait("(count) => window.statuses === count", turn + 1)
    assert len(seen) == pages
    assert len(colours) == 200


def test_the_last_page_is_full_and_ends_with_the_last_group(call: Call) -> None:
    snapshot = {"rest": None, **contest(Red=50, Blue=40, Green=30, Yellow=20)}
    pages = [call("totals.pageBars", snapshot, AMOUNT, 1, 2, page) for page in range(2)]
    groups = [[bar["group"] for bar in page] for page in pages]
    assert groups == [["Red", "Blue", "Green"], ["Red", "Green", "Yellow"]]
    rest = {"count": 3, "amount": 10, "groups": 7}
    last = call("totals.pageBars", {**snapshot, "rest": rest}, AMOUNT, 1, 3, 1)
    assert [bar["folded"] or bar["group"] for bar in last] == ["Red", "Green", "Yellow", 7]


def test_on_far_screens_no_row_of_a_page_is_free(scripted: ScriptedApp, open_window: Open) -> None:
    second_ms = (1_000 * 3 + 2) * PAGE_MS
    begin_ms = second_ms - 4_000
    goal = example("snapshot")["goal"]
    four = contest(Red=50, Blue=40, Green=30, Yellow=20) | {"goal": goal}
    scripted.greet(**four, status={**example("snapshot")["status"], "at": at(begin_ms)})
    screen = open_window()
    screen.page.clock.install(time=begin_ms / 1000)
    screen.page.goto(f"{scripted.url}?lang=en&far=1")
    screen.wait_for_state("live")
    names = "[...document.querySelectorAll('#bars li')].map((one) => one.dataset.group).sort()"
    screen.wait(f"() => {names}.join() === 'Blue,Green,Red'")
    screen.page.clock.run_for(5_000)
    screen.wait("() => document.querySelector('#bars [data-group=Yellow]')")
    assert screen.page.evaluate(names) == ["Green", "Red", "Yellow"]


def test_the_first_page_stays_twice_as_long(call: Call) -> None:
    pages = [call("panels/pages.pageAt", 3, number * PAGE_MS) for number in range(8)]
    assert pages == [0, 0, 1, 2, 0, 0, 1, 2]
    assert call("panels/pages.pageAt", 1, 5 * PAGE_MS) == 0


def test_a_phone_has_no_pages(scripted: ScriptedApp, open_window: Open) -> None:
    scripted.greet(**teams(200))
    screen = open_window(size={"width": 390, "height": 844})
    screen.page.goto(f"{scripted.url}?lang=en")
    screen.wait_for_state("live")
    screen.wait("() => document.querySelectorAll('#bars li').length === 12")
    assert screen.page.inner_text("#bars [data-rest] .name") == "189 more"
