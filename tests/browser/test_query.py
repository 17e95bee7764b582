"""A stored query's answer on the screens: its figures, and when these may not be right."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from aggregates.held_panels import panels_key
from tests.browser.axe import check_page
from tests.browser.examples import example
from tests.browser.opening import now, open_live
from tests.browser.reduced import NOW_MS, Reduce, snapshot, status
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage
from tests.explore.served import Served, gift

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

QUERY = """
title = "Gifts by table"
panel = true
sql = '''
select "table", count(*) as gifts, sum(amount) as total from donations
group by all order by total desc'''
"""
_ROWS = """() => [...document.querySelectorAll(".query li")]
  .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
  .map((row) => [".name", ".meta", ".amount"].map((part) => row.querySelector(part).textContent))"""
_ARE_ROWS = f"(wanted) => JSON.stringify(({_ROWS})()) === JSON.stringify(wanted)"
_PAGES = """() => [document.querySelectorAll(".query li").length,
  Number(document.querySelector(".query .rows").dataset.pages)]"""
_INSIDE = """() => document.querySelector(".query li")
  && [...document.querySelectorAll(".query :is(li, h2, .sign)")].every((one) => {
  const { left, right, top, bottom, height } = one.getBoundingClientRect();
  const scrolls = document.body.dataset.place === "phone";
  return left >= 0 && right <= innerWidth + 1
    && (scrolls || (top >= 0 && bottom <= innerHeight + 1 && height > 0));
})"""
_LEFT_ENDS = """() => [...document.querySelectorAll(".query li")].map((row) =>
  [".amount", ".name"].map((part) => row.querySelector(part).getBoundingClientRect().left))"""
PLACES: dict[str, tuple[tuple[int, int], str]] = {
    "wall": ((1920, 1080), ""),
    "strip": ((1536, 256), ""),
    "phone": ((390, 844), ""),
    "overlay": ((1280, 720), "&overlay=1"),
    "overlay strip": ((1920, 1080), "&overlay=strip"),
    "hall": ((1920, 1080), "&far=1"),
}


def many(count: int) -> list[list[Any]]:
    return [[f"Table {number}", 30 - number, 180_050 - 1_000 * number] for number in range(count)]


@pytest.fixture
def asked(stage: Stage, gala: str, tmp_path: Path, redis_url: str) -> Iterator[Served]:
    """Return the service of SQL beside a board's web app, with a panel of it."""
    queries = tmp_path / "boards" / "queries"
    queries.mkdir(parents=True)
    (queries / "by-table.toml").write_text(QUERY)
    served = Served(
        {gala: stage.boards[gala]},
        tmp_path,
        queries=str(tmp_path / "boards"),
        redis_url=redis_url,
    )
    yield served
    served.close()
    stage.redis.unlink(panels_key(gala))


def test_what_two_places_show_is_the_querys_answer_as_it_changes(
    asked: Served, stage: Stage, gala: str, open_window: Open
) -> None:
    asked.fill(
        [
            gift("d-1", "25.50", table={"S": "Table 7"}),
            gift("d-2", "1000", table={"S": "Table 3"}),
            gift("d-3", "4.50", table={"S": "Table 7"}),
        ]
    )
    wall, phone = (
        open_window(size={"width": width, "height": height})
        for width, height in ((1920, 1080), (390, 844))
    )
    for screen in (wall, phone):
        screen.show(stage, gala, "&panels=total,query-by-table")
        screen.wait(_ARE_ROWS, [["Table 3", "1 gifts", "$1,000"], ["Table 7", "2 gifts", "$30"]])
        assert screen.page.inner_text(".query h2") == "Gifts by table"
        assert screen.page.get_attribute(".query", "data-state") == "live"
    asked.change(gift("d-4", "2000.25", table={"S": "\u202eTable 7"}))
    asked.change(gift("d-5", "5000", table={"S": "Table 7"}))
    answer = asked.client.get(f"/api/boards/{gala}/queries/by-table").json()["results"]
    assert [row["total"] for row in answer] == ["5030.00", "2000.25", "1000.00"]
    wanted = [
        ["Table 7", "3 gifts", "$5,030.00"],
        ["Table 7", "1 gifts", "$2,000.25"],
        ["Table 3", "1 gifts", "$1,000.00"],
    ]
    for screen in (wall, phone):
        screen.wait(_ARE_ROWS, wanted)


def test_a_panel_says_that_it_loads_and_since_when_it_is_old(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.show_panel()
    screen = open_live(open_window, scripted, "&panels=total,query-by-table&tz=UTC")
    screen.wait("() => document.querySelector('.query')?.dataset.state === 'live'")
    assert not screen.page.is_visible(".query .aside")
    scripted.show_panel(state="loading", since="2026-11-21T18:30:00.000Z")
    screen.wait("() => document.querySelector('.query').dataset.state === 'loading'")
    said = screen.page.inner_text(".query .sign")
    assert said.startswith("Loading since ")
    assert "6:30" in said
    assert said.endswith("these figures may be incomplete")
    fill = "getComputedStyle(document.querySelector('.query .fill')).opacity"
    assert screen.page.evaluate(fill) == "0.45"
    scripted.show_panel(state="away", since="2026-11-21T18:40:00.000Z")
    screen.wait("() => document.querySelector('.query .sign').textContent.includes('6:40')")
    assert screen.page.inner_text(".query .sign").startswith("No new figures since")
    assert screen.page.evaluate(fill) == "0.45"
    scripted.show_panel()
    screen.wait("() => document.querySelector('.query').dataset.state === 'live'")
    assert screen.page.evaluate(fill) == "1"


def test_a_screen_that_hears_nothing_calls_no_panel_live(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.show_panel()
    screen = open_window(network=False)
    screen.page.clock.install()
    live = {"state": "live", "live": True, "since": now(), "reason": "", "at": now(), "page": "p"}
    scripted.greet(status=live)
    screen.page.goto(f"{scripted.url}?lang=en&panels=query-by-table")
    screen.wait("() => document.querySelector('.query')?.dataset.state === 'live'")
    screen.page.clock.fast_forward(21_000)
    screen.wait("() => document.querySelector('.query').dataset.state === 'away'")
    assert "No new figures since" in screen.page.inner_text(".query .sign")


def test_a_panel_that_is_not_there_says_so_and_one_that_is_gone_as_well(
    scripted: ScriptedApp, open_window: Open
) -> None:
    screen = open_live(open_window, scripted, "&panels=query-by-table,query-Odd,query-")
    screen.wait("() => document.querySelector('.query .sign')?.textContent === 'Not live'")
    assert screen.page.locator(".query").count() == 1
    assert screen.page.inner_text(".query h2") == "by-table"
    scripted.show_panel()
    screen.wait("() => document.querySelector('.query').dataset.state === 'live'")
    scripted.show_panel(state="gone")
    screen.wait("() => document.querySelector('.query .sign').textContent === 'Not live'")
    assert screen.page.locator(".query li").count() == 0


def test_one_number_is_large_and_in_the_boards_currency(
    scripted: ScriptedApp, open_window: Open
) -> None:
    column = {"name": "total", "type": "amount", "unit": "EUR", "exponent": 2}
    scripted.show_panel(kind="number", columns=[column], rows=[[1_234_550]])
    screen = open_live(open_window, scripted, "&panels=total,query-by-table")
    screen.wait("() => document.querySelector('.query .figure')?.textContent === '€12,345.50'")
    box = screen.page.locator(".query .figure").bounding_box()
    assert box is not None
    assert box["height"] > 60
    plain = column | {"type": "number", "unit": "", "exponent": 0}
    scripted.show_panel(kind="number", columns=[plain], rows=[[41.23456]])
    screen.wait("() => document.querySelector('.query .figure').textContent === '41.235'")
    scripted.show_panel(kind="number", columns=[plain], rows=[[None]])
    screen.wait("() => document.querySelector('.query .figure').textContent === '–'")


def test_the_crew_can_put_a_panel_on_the_walls_that_the_board_has(
    scripted: ScriptedApp, open_window: Open
) -> None:
    idle = {"pin": "", "pin_until": None, "celebrate": None, "reload": None}
    scripted.show_panel()
    screen = open_live(open_window, scripted)
    scripted.say("control", **idle, panels=["goal", "query-by-table", "query-other"])
    screen.wait("() => document.body.dataset.panels === 'goal query-by-table'")
    scripted.say("control", **idle, panels=["query-other"])
    screen.wait("() => document.body.dataset.panels.startsWith('total')")


def test_every_row_is_inside_its_place_and_pages_show_the_others(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.show_panel(rows=many(20), state="loading", since="2026-11-21T18:30:00.000Z")
    screen = open_live(open_window, scripted, "&panels=query-by-table")
    for place, ((width, height), query) in PLACES.items():
        screen.page.set_viewport_size({"width": width, "height": height})
        screen.page.goto(f"{scripted.url}?lang=en{query}&panels=total,query-by-table")
        screen.wait(_INSIDE)
        assert screen.page.is_visible(".query .sign"), place
        shown, pages = screen.page.evaluate(_PAGES)
        assert shown * pages >= 20 > (shown - 1) * pages, place
        assert place != "phone" or (shown, pages) == (20, 1)


def test_a_new_connection_begins_with_the_panels_that_it_is_told(run: Reduce) -> None:
    """What has gone while the screen was cut off is told by no event."""
    told = {"type": "panel", "data": example("panel"), "now_ms": NOW_MS}
    lost = {"type": "phase", "phase": "lost", "now_ms": NOW_MS}
    assert [one["name"] for one in run(snapshot(), told, told, lost)["panels"]] == ["by-table"]
    assert run(snapshot(), told, lost, status())["panels"] == []
    gone = {**told, "data": {"name": "by-table", "state": "gone"}}
    assert run(snapshot(), told, gone)["panels"] == []


def test_what_comes_while_a_page_fades_is_drawn_when_it_has(module_page: Page) -> None:
    drawn = module_page.evaluate(
        """async () => {
          const { createTurning } = await import("/static/panels/turning.js");
          const list = document.createElement("ol");
          const turn = createTurning(list);
          const drawn = [];
          turn(0, () => drawn.push("first"));
          turn(1, () => drawn.push("old"));
          const is_turning = list.dataset.turning;
          await new Promise((resolve) => turn(1, () => resolve(drawn.push("new"))));
          return [is_turning, ...drawn];
        }"""
    )
    assert drawn == ["1", "first", "new"]


@pytest.mark.parametrize(
    ("theme", "lang", "size"),
    [("dark", "en", (1920, 1080)), ("light", "ar", (390, 844)), ("contrast", "en", (1080, 1920))],
)
def test_axe_finds_nothing(
    theme: str, lang: str, size: tuple[int, int], scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.show_panel(rows=[*many(3), ["Tisch", None, None]])
    column = {"name": "n", "type": "number", "unit": "", "exponent": 0}
    number = {"name": "n", "title": "Pies", "kind": "number", "columns": [column]}
    scripted.show_panel(**number, rows=[[41]], state="away")
    query = f"&theme={theme}&panels=query-by-table,query-n&lang={lang}"
    screen = open_live(open_window, scripted, query, size)
    screen.wait("() => document.querySelectorAll('.query li').length === 4")
    check_page(screen)


def test_from_right_to_left_the_bars_and_figures_are_on_the_other_side(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.show_panel(rows=[["طاولة 7", 12, 180_050], ["Table 3", 9, 95_000]])
    screen = open_window()
    live = {"state": "live", "live": True, "since": now(), "reason": "", "at": now(), "page": "p"}
    scripted.greet(status=live)
    screen.page.goto(f"{scripted.url}?lang=ar&panels=query-by-table")
    screen.wait("() => document.querySelectorAll('.query li').length === 2")
    boxes = screen.page.evaluate(_LEFT_ENDS)
    assert all(amount < name for amount, name in boxes)


def test_the_help_page_offers_the_panels_of_the_board(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet()
    scripted.show_panel()
    screen = open_window()
    screen.page.goto(f"{scripted.url}help?lang=en")
    box = screen.page.locator("[value=query-by-table]")
    box.wait_for()
    assert not box.is_checked()
    assert "panels=" not in screen.page.inner_text("#link")
    box.check()
    assert screen.page.inner_text("#link").endswith(
        "panels=total,give,goal,bars,timeline,ticker,query-by-table"
    )
    assert "Gifts by table" in screen.page.inner_text("#choice-panels")
