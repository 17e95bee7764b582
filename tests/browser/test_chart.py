"""How the chart uses its points; the screenshots cover the drawing itself."""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp

pytestmark = pytest.mark.browser

Call = Callable[..., Any]

HOUR = 3_600
DAY = 24 * HOUR


def test_there_are_as_many_columns_as_can_be_told_apart(call: Call) -> None:
    for span in (HOUR, 8 * HOUR, DAY, 7 * DAY, 400 * DAY, 4_000 * DAY):
        wide = call("panels/columns.columnSeconds", span, 60)
        assert wide % 60 == 0
        assert span / wide <= 48
    assert call("panels/columns.columnSeconds", 1_200, 60) == 60


def test_a_column_is_the_sum_of_its_points(call: Call) -> None:
    points = [[540, 1, 5], [600, 1, 10], [660, 2, 30], [1_200, 1, 7]]
    found = call("panels/columns.joinPoints", points, 2, 600)
    assert found == [[0, 5], [600, 40], [1_200, 7]]


def test_time_ends_now_unless_all_is_long_over(call: Call) -> None:
    def end(first: int, last: int, now: int) -> Any:
        return call("panels/end_of_time.endOfTime", first, last, now)

    assert end(0, HOUR, 3 * HOUR) == 3 * HOUR
    assert end(0, 7 * DAY, 9 * DAY) == 9 * DAY
    assert end(0, 7 * DAY, 400 * DAY) == 7 * DAY
    assert end(0, HOUR + 60, HOUR) == HOUR + 60  # the server's clock is ahead


def hourly(first: int, count: int) -> list[list[int]]:
    return [[first + number * HOUR, 2, 200] for number in range(count)]


EVENING = 1_795_287_600
Y1970, Y2036 = 3_600, 2_082_758_400


@pytest.mark.parametrize(
    ("slips"),
    [[[Y1970, 1, 50]], [[Y2036, 1, 50]], [[Y1970, 1, 50], [Y2036, 1, 50]]],
    ids=["1970", "2036", "both"],
)
def test_a_mistyped_year_does_not_squeeze_the_chart(slips: list[list[int]], call: Call) -> None:
    points = sorted([*hourly(EVENING, 12), *slips])
    timeline = {"points": points, "step_seconds": 900}
    plot = call("panels/plot.plotTimeline", timeline, 2, 9_999, EVENING + 12 * HOUR)
    assert plot["first"] == EVENING
    assert plot["end"] == EVENING + 12 * HOUR
    assert plot["apart"] == slips
    assert plot["line"][-1][1] == 9_999


@pytest.mark.parametrize(
    "points",
    [
        hourly(EVENING, 12),
        hourly(EVENING - 30 * DAY, 30) + hourly(EVENING, 12),  # a rehearsal of similar length
        hourly(EVENING - 2 * DAY, 1) + hourly(EVENING, 200),  # the night before, recent enough
        hourly(EVENING - 300 * DAY, 200) + hourly(EVENING, 100),  # last year's event
        [],
        hourly(EVENING, 1),
    ],
)
def test_what_belongs_to_the_event_is_drawn(points: list[list[int]], call: Call) -> None:
    assert call("panels/bulk.splitApart", points) == {"points": points, "apart": []}


def test_the_first_minutes_fill_a_part_of_the_axis(call: Call) -> None:
    timeline = {"points": [[EVENING, 3, 300]], "step_seconds": 60}
    plot = call("panels/plot.plotTimeline", timeline, 2, 300, EVENING + 30)
    assert plot["end"] - plot["first"] == 720
    assert plot["line"][-1] == [EVENING + 60, 300]
    assert call("panels/plot.plotTimeline", {"points": [], "step_seconds": 60}, 2, 0, 1) is None


def test_a_total_below_zero_is_drawn_below_zero(call: Call) -> None:
    timeline = {"points": [[EVENING, 1, 300], [EVENING + 60, 1, -900]], "step_seconds": 60}
    plot = call("panels/plot.plotTimeline", timeline, 2, -600, EVENING + 300)
    assert (plot["least"], plot["most"]) == (-600, 300)
    steps = call("panels/scale.roundSteps", -600, 300, 3)
    assert steps[0] <= -600
    assert steps[-1] >= 300
    assert 0 in steps


@pytest.mark.parametrize(("least", "most"), [(0, 7), (0, 1e9), (-3, 40), (-50, 0), (0, 0)])
def test_a_scale_has_zero_and_holds_all(least: float, most: float, call: Call) -> None:
    steps = call("panels/scale.roundSteps", least, most, 4)
    assert 0 in steps
    assert steps[0] <= least
    assert steps[-1] >= most
    assert len(steps) <= 8
    top = call("panels/scale.roundTop", steps, most)
    assert top >= most
    assert top - most <= (steps[1] - steps[0]) / 4 if len(steps) > 1 else top == 0


@pytest.mark.parametrize("most", [7, 99, 100, 120, 166, 199, 240, 1_999, 2_001, 490_000])
def test_a_scale_has_two_or_three_lines_above_zero(most: float, call: Call) -> None:
    lines = [step for step in call("panels/scale.roundSteps", 0, most, 2) if 0 < step <= most]
    assert len(lines) in (2, 3)


_ROUND = """([zone, first, end, most]) => Promise.all(
  ["format", "panels/round_times"].map((name) => import(`/static/${name}.js`)))
  .then(([{ createFormat }, { roundTimes }]) => {
    const format = createFormat("en", "en", zone);
    return roundTimes(first, end, most, (seconds) => format.ahead(seconds * 1000));
  })"""


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York"])
@pytest.mark.parametrize(
    ("span", "step"),
    [
        (720, 5 * 60),
        (HOUR, 15 * 60),
        (2 * HOUR, 30 * 60),
        (16 * HOUR, 4 * HOUR),
        (3 * DAY, DAY),
        (60 * DAY, 14 * DAY),
    ],
)
def test_times_below_a_chart_are_round_where_it_hangs(
    span: int, step: int, zone: str, module_page: Page
) -> None:
    first = EVENING + 137
    times = module_page.evaluate(_ROUND, [zone, first, first + span, 4])
    assert 2 <= len(times) <= 4
    for seconds in times:
        assert first <= seconds <= first + span
        there = datetime.fromtimestamp(seconds, ZoneInfo(zone))
        since_midnight = there.hour * HOUR + there.minute * 60 + there.second
        assert since_midnight % min(step, DAY) == 0
    assert {after - before for before, after in pairwise(times)} == {step}


def test_a_day_on_which_clocks_change_still_has_full_hours(module_page: Page) -> None:
    first = int(datetime(2026, 10, 24, 20, tzinfo=ZoneInfo("Europe/Berlin")).timestamp())
    times = module_page.evaluate(_ROUND, ["Europe/Berlin", first, first + 16 * HOUR, 4])
    hours = [datetime.fromtimestamp(one, ZoneInfo("Europe/Berlin")).hour for one in times]
    assert hours == [20, 0, 4, 8]


def test_rates_that_are_all_zero_are_not_shown(
    scripted: ScriptedApp, open_window: Callable[..., Screen]
) -> None:
    old = {"bucket_seconds": 60, "step_seconds": 60, "points": [[EVENING, 1, 500]], "recent": []}
    scripted.greet(timeline=old)
    screen = open_window()
    screen.page.goto(f"{scripted.url}?lang=en")
    screen.wait("() => chart.getAttribute('aria-label')")
    assert screen.page.locator("#rates").is_hidden()
    # A minute before the example's time.
    scripted.greet(timeline=old | {"recent": [[EVENING + 180, 1, 500]]})
    screen.page.locator("#rates").wait_for(state="visible")


NOW = EVENING + 40


def test_the_last_minutes_end_now(call: Call) -> None:
    """A donation dated in the future, or long ago, is not in the last minutes."""
    recent = [[NOW - 400, 1, 5], [NOW - 200, 1, 10], [NOW - 20, 1, 20], [NOW + 600, 1, 1_000]]
    assert call("timeline.sumRecent", recent, 2, 300, NOW * 1_000) == 30
