"""Groups that compete: ranks, who leads, two sides face to face, lines."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.contests import contest, sums
from tests.browser.examples import example
from tests.browser.greetings import VOTE
from tests.browser.screen import WALL, Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]
Call = Callable[..., Any]
Json = dict[str, Any]

AMOUNT = {"name": "amount", "attribute": "amount", "unit": "USD", "exponent": 2}
PHONE = {"width": 390, "height": 844}


def show(open_window: Open, app: ScriptedApp, query: str = "", **options: Any) -> Screen:
    screen = open_window(**options)
    screen.page.goto(f"{app.url}?lang=en{query}")
    screen.wait_for_state("live")
    return screen


def plain(text: str) -> str:
    """Return a sentence without the marks that keep the directions of its parts apart."""
    return text.replace("\u2068", "").replace("\u2069", "")


def rank(call: Call, snapshot: Json) -> list[tuple[int, str]]:
    bars = call("totals.rankBars", {"rest": None, **snapshot}, AMOUNT)
    return [(bar["rank"], bar["group"]) for bar in bars]


def test_equals_share_a_rank_and_those_that_are_named_are_there_from_the_start(call: Call) -> None:
    found = rank(call, contest(("Red", "Blue", "Green"), Blue=50, Green=50))
    assert found == [(1, "Blue"), (1, "Green"), (3, "Red")]


_MOVES = """async (until) => {
  const { noteRanks, rankMove } = await import("/static/ranks.js");
  const ranksAt = (minute) =>
    new Map(minute < 6 ? [["Red", 1], ["Blue", 2]] : [["Red", 2], ["Blue", 1]]);
  let samples = [];
  for (let seconds = 0; seconds <= until * 60; seconds += 20) {
    samples = noteRanks(samples, ranksAt(seconds / 60), seconds * 1000);
  }
  const moves = [...ranksAt(until)].map(([group, rank]) => rankMove(samples, group, rank));
  return [...moves, rankMove(samples, "New", 1), samples.length];
}"""


def test_ranks_move_against_those_of_ten_minutes_ago(module_page: Page) -> None:
    assert module_page.evaluate(_MOVES, 5) == [0, 0, 0, 6]
    assert module_page.evaluate(_MOVES, 9) == [-1, 1, 0, 10]
    assert module_page.evaluate(_MOVES, 15) == [-1, 1, 0, 11]
    assert module_page.evaluate(_MOVES, 16) == [0, 0, 0, 11]


@pytest.mark.parametrize("size", [WALL, PHONE], ids=["wall", "phone"])
def test_two_sides_stand_face_to_face(
    size: dict[str, int], scripted: ScriptedApp, open_window: Open
) -> None:
    order = ("Save the animals", "Kill the animals")
    scripted.greet(**contest(order, Kill_the_animals=5_700_000, Save_the_animals=4_400_000))
    screen = show(open_window, scripted, size=size)
    sides = screen.page.locator("#versus .side")
    assert sides.locator(".name").all_inner_texts() == list(order)
    assert sides.locator(".share").all_inner_texts() == ["44%", "56%"]
    assert plain(screen.page.inner_text("#versus .lead")) == "Kill the animals leads by $13,000"
    assert screen.page.locator("#bars").is_hidden()
    # The way is divided as the shares are.
    boxes = screen.page.locator("#versus .part").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().toJSON())"
    )
    way = screen.page.locator("#versus .way").bounding_box()
    assert way is not None
    assert abs(boxes[1]["left"] - boxes[0]["right"]) < 1
    assert abs((boxes[0]["right"] - way["x"]) / way["width"] - 44 / 101) < 0.002
    scripted.say("update", totals=sums(Save_the_animals=1, Kill_the_animals=1), rest=None)
    screen.wait("() => document.querySelector('#versus .lead').innerText.startsWith('Level at')")


def test_two_sides_are_bars_again_when_there_is_a_third(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(**contest(("Red", "Blue")))
    screen = show(open_window, scripted)
    assert screen.page.locator("#versus .share").all_inner_texts() == ["–", "–"]
    scripted.say("update", totals=sums(Red=300, Blue=900, Other=100), rest=None)
    screen.wait("() => document.querySelectorAll('#bars li').length === 3")
    assert screen.page.locator("#versus").is_hidden()
    assert plain(screen.page.inner_text("#bars-panel .lead")) == "Blue leads by $6"
    rows = screen.page.locator("#bars li").evaluate_all(
        "(all) => all.map((row) => [row.dataset.rank, row.dataset.group]).sort(([a], [b]) => a - b)"
    )
    assert rows == [["1", "Blue"], ["2", "Red"], ["3", "Other"]]


@pytest.mark.parametrize(
    "size", [(1920, 1080), (1366, 768), (1080, 1920), (1080, 1080), (390, 844)]
)
def test_two_sides_alone_below_the_figure_lie_over_nothing(
    size: tuple[int, int], scripted: ScriptedApp, open_window: Open
) -> None:
    sides = ("Save the animals of the whole long valley", "Kill the animals")
    amounts = {sides[0].replace(" ", "_"): 50, "Kill_the_animals": 60}
    scripted.greet(**contest(sides, **amounts))
    screen = show(open_window, scripted, size=dict(zip(("width", "height"), size, strict=True)))
    top, bottom, panel, counts, footer = screen.page.evaluate(
        """() => {
          const box = (one) => document.querySelector(one).getBoundingClientRect();
          return [box("#versus .name").top, box("#versus .lead").bottom, box("#bars-panel").top,
            box("#count").bottom, box("#footer").top];
        }"""
    )
    assert counts <= panel + 1
    assert panel <= top
    assert bottom <= footer + 1


@pytest.mark.parametrize("query", ["&overlay=1", "&overlay=strip"])
def test_two_sides_are_legible_over_a_video(
    query: str, scripted: ScriptedApp, open_window: Open
) -> None:
    sides = ("Save the animals", "Kill the animals")
    scripted.greet(**contest(sides, Save_the_animals=50, Kill_the_animals=60))
    screen = show(open_window, scripted, query, size=WALL)
    sizes = screen.page.locator("#versus .side").evaluate_all(
        "(all) => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert len(sizes) == 2
    assert min(sizes) > 15


_RANKS = """() => [...document.querySelectorAll("#bars li")].map((row) => {
  const em = parseFloat(getComputedStyle(row).fontSize);
  const box = (name) => row.querySelector(name).getBoundingClientRect();
  const range = document.createRange();
  range.selectNodeContents(row.querySelector(".place"));
  const place = range.getBoundingClientRect();
  const { left, right, top } = row.getBoundingClientRect();
  return { left, right, top, em, gap: box(".name").left - place.right,
    moved: box(".name").left - box(".moved").right, start: box(".moved").left - left };
})"""


@pytest.mark.parametrize("query", ["&overlay=strip", "&overlay=1&panels=bars", "&panels=bars"])
def test_a_rank_is_nearer_to_its_own_name_than_to_the_row_beside_it(
    query: str, scripted: ScriptedApp, open_window: Open
) -> None:
    votes = {"Dragon": 80, "Astronaut": 70, "Teapot": 47, "Bee": 13}
    scripted.greet(**VOTE | contest((), **votes) | {"measures": [AMOUNT]})
    screen = show(open_window, scripted, query, size=WALL)
    screen.wait("() => document.querySelectorAll('#bars .place').length > 3")
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    # As after ten minutes.
    screen.page.evaluate(
        """() => document.querySelectorAll("#bars li").forEach((row) => {
          row.dataset.moved = "1";
          row.querySelector(".moved").textContent = "3";
        })"""
    )
    rows = screen.page.evaluate(_RANKS)
    for row in rows:
        assert 0 < row["gap"] <= 0.5 * row["em"]
        assert row["moved"] >= 0
        assert row["start"] >= -0.5
    for row, after in pairwise(sorted(rows, key=lambda row: (row["top"], row["left"]))):
        if row["top"] == after["top"]:
            assert after["left"] - row["right"] > after["gap"]


def test_an_led_strip_has_the_contest_in_place_of_the_latest_gifts(
    scripted: ScriptedApp, open_window: Open
) -> None:
    own = example("snapshot")
    sides = contest(
        ("Save the animals", "Kill the animals"), Save_the_animals=5, Kill_the_animals=4
    )
    led = {"width": 1536, "height": 256}
    scripted.greet(**sides | {"goal": own["goal"], "ticker": own["ticker"]})
    screen = show(open_window, scripted, size=led)
    assert screen.page.locator("#versus .share").all_inner_texts() == ["56%", "44%"]
    assert screen.page.locator("#ticker-panel").is_hidden()
    cut = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).length"
    assert screen.page.locator("#versus .name").evaluate_all(cut) == 0
    scripted.greet(
        **contest(Red=5, Blue=4, Green=3) | {"goal": own["goal"], "ticker": own["ticker"]}
    )
    screen.wait("() => document.querySelectorAll('#bars li').length === 3")
    assert screen.page.locator("#bars .name").first.is_visible()
    assert screen.page.locator("#ticker-panel").is_hidden()
    scripted.greet(goal=own["goal"], ticker=own["ticker"])
    screen.wait("() => document.querySelector('#ticker-panel').checkVisibility()")
    assert screen.page.locator("#bars-panel").is_hidden()


def test_names_at_the_ends_of_lines_do_not_lie_over_each_other(call: Call) -> None:
    placed = call("panels/line_labels.spreadLabels", [50, 52, 10, 99], 14, 0, 100)
    order = sorted(placed)
    assert all(high - low >= 14 for low, high in pairwise(order))
    assert order[0] >= 0
    assert order[-1] <= 100
    assert placed[2] == 10


def test_each_side_has_its_line(call: Call) -> None:
    timeline = {"points": [[600, 2, 300, 100, 200], [1_200, 1, 50, 50, 0]], "step_seconds": 600}
    sides = [{"column": 3, "total": 150}, {"column": 4, "total": 230}]
    plot = call("panels/plot.plotLines", timeline, sides, 1_500)
    assert [line[0] for line in plot["lines"]] == [[600, 0], [600, 30]]
    assert [line[-1] for line in plot["lines"]] == [[1_800, 150], [1_800, 230]]
    assert (plot["least"], plot["most"]) == (0, 230)


def test_a_vote_on_the_donations_own_table_is_drawn_with_a_line_for_each_side(
    own_stage: Stage, open_window: Open
) -> None:
    """Gifts without a choice, or with another one, are no errors."""
    board = own_stage.write_board("war")
    file = own_stage.folder / f"{board}.toml"
    text = file.read_text("utf-8").replace("[timeline]", '[timeline]\nlines = ["Red", "Blue"]')
    rules = 'known = ["Red", "Blue"]\nskip_missing = true\nskip_others = true\ncontest = true'
    file.write_text(f"{text}\n[groups]\n{rules}\n", "utf-8")
    own_stage.read_board(board)
    for group, amount in (("Red", 10), ("blue", 25), ("Nobody", 99), ("", 50)):
        own_stage.give(board, group, amount)
    own_stage.prove(board)
    own_stage.start()
    screen = open_window().show(own_stage, board)
    screen.wait_for_state("live")
    screen.wait_for_total("$35")
    assert screen.page.locator("#not-counted").is_hidden()
    assert plain(screen.page.inner_text("#versus .lead")) == "Blue leads by $15"
    screen.wait("() => chart.dataset.lines === '2'")
    assert screen.page.get_attribute("#chart", "aria-label") == "Red: $10 and Blue: $25"
