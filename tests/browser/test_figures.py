"""The page shows the API's figures, whatever happened to the donations."""

import random
from collections.abc import Callable

import pytest

from tests.browser.screen import Screen
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

_PLATFORMS = ["Website", "Facebook", "Phone", "Text"]
_AMOUNTS = ["5", "10", "20", "25", "50", "100", "0.01", "13.37", "2.5", "1000"]


def test_a_marathon_replayed_shows_what_the_api_says(
    stage: Stage, gala: str, open_window: Open
) -> None:
    chance = random.Random(2017)
    screen = open_window().show(stage, gala)
    records = [
        stage.record(
            gala,
            chance.choice(_PLATFORMS),
            chance.choice(_AMOUNTS),
            at=f"2017-01-{8 + number // 800:02}T{number % 800 // 40:02}:{number % 40:02}:11",
        )
        for number in range(5_000)
    ]
    stage.deliver(gala, records)
    screen.wait_for_figures_of(stage.read_api(gala))
    all_of_them = stage.read_api(gala)["totals"]["ALL"]
    assert all_of_them["count"] == 5_001
    screen.wait_for_total(f"${all_of_them['amount'] / 100:,.2f}")
    assert screen.page.inner_text("#count") == "5,001 donations"
    # A page loaded later shows the same figures.
    open_window().show(stage, gala).wait_for_figures_of(stage.read_api(gala))


def test_a_refund_lowers_the_figures(stage: Stage, gala: str, open_window: Open) -> None:
    screen = open_window().show(stage, gala)
    stage.give(gala, "Website", 100, key="regretted")
    screen.wait_for_total("$125")
    assert screen.page.locator("#bars li").count() == 2
    stage.refund(gala, "regretted")
    screen.wait_for_total("$25")
    screen.wait_for_figures_of(stage.read_api(gala))
    assert screen.page.inner_text("#count") == "1 donation"
    assert screen.page.locator("#bars li").count() == 1


def test_a_donation_that_is_corrected_moves_to_its_platform(
    stage: Stage, gala: str, open_window: Open
) -> None:
    screen = open_window().show(stage, gala)
    stage.give(gala, "Website", "30.50", key="first")
    screen.wait_for_total("$30.50")
    screen.wait_for_figures_of(stage.read_api(gala))
    assert screen.page.locator("#bars .name").all_inner_texts() == ["Website"]


def test_bars_change_places_when_one_overtakes(stage: Stage, gala: str, open_window: Open) -> None:
    screen = open_window().show(stage, gala)
    stage.give(gala, "Website", 10)
    in_order = """(names) => {
      const rows = [...document.querySelectorAll("#bars li")];
      rows.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
      const at_rest = rows.every((row) => row.getAnimations().length === 0);
      return at_rest && rows.map((row) => row.dataset.group).join() === names;
    }"""
    screen.wait(in_order, "Phone,Website")
    stage.give(gala, "Website", 20)
    screen.wait(in_order, "Website,Phone")


def test_a_donors_markup_is_shown_as_text(stage: Stage, gala: str, open_window: Open) -> None:
    hostile = '<img src=x onerror="document.title=`had`">'
    screen = open_window().show(stage, gala)
    stage.give(gala, hostile, 40)
    screen.wait(
        """(text) => ["#bars", "#ticker"].every((list) =>
          [...document.querySelectorAll(`${list} .name`)].some((name) => name.innerText === text))
        """,
        hostile,
    )
    assert screen.page.locator("main img[src=x]").count() == 0
    assert screen.page.title() == "Live fundraiser"


def test_forty_platforms_come_page_by_page_and_each_fits(
    stage: Stage, gala: str, open_window: Open
) -> None:
    stage.deliver(gala, [stage.record(gala, f"Place {n}", 100 + n) for n in range(39)])
    screen = open_window().show(stage, gala)
    page, pages, rows = screen.wait(
        """() => {
          const text = document.querySelector("#bars-panel .page")?.innerText ?? "";
          const found = text.match(/page (\\d+) of (\\d+)/);
          return found && [Number(found[1]), Number(found[2]), bars.children.length];
        }"""
    )
    # Three that lead are on each page, or one where there is little room; the last page may have
    # fewer rows.
    assert page == pages or pages in {-(-(40 - led) // (rows - led)) for led in (1, 3)}
    screen.wait("() => bars.scrollHeight <= bars.clientHeight + 1 && bars.children.length > 0")


def test_another_board_is_chosen_without_a_reload(
    own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    own_stage.kill()
    other = own_stage.write_board("other", title='"Spendenlauf"', unit='"EUR"')
    own_stage.give(other, "Phone", "7.50")
    own_stage.prove(other)
    own_stage.start()
    screen = open_window().show(own_stage, own_gala)
    screen.page.evaluate("window.same = true")
    screen.page.click("#switcher-title")
    screen.page.click(f"#switcher-list [data-board={other}]")
    screen.wait_for_total("€7.50")
    screen.wait_for_state("live")
    assert screen.page.inner_text("#title") == "Spendenlauf"
    assert f"board={other}" in screen.page.url
    screen.page.go_back()
    screen.wait_for_total("$25")
    screen.wait_for_figures_of(own_stage.read_api(own_gala))
    assert screen.page.evaluate("window.same") is True


def test_another_board_with_the_same_total_is_shown_in_its_own_currency(
    own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    own_stage.kill()
    other = own_stage.write_board("other", unit='"EUR"')
    own_stage.give(other, "Phone", 25)
    own_stage.prove(other)
    own_stage.start()
    screen = open_window().show(own_stage, own_gala)
    screen.wait_for_total("$25")
    for board, total in ((other, "€25"), (own_gala, "$25")):
        screen.page.click("#switcher-title")
        screen.page.click(f"#switcher-list [data-board={board}]")
        screen.wait_for_total(total)


def test_what_is_in_the_number_is_told(stage: Stage, gala: str, open_window: Open) -> None:
    stage.deliver(gala, [stage.record(gala, "Phone", "1.001")])
    screen = open_window().show(stage, gala)
    screen.page.click("#about-title")
    screen.wait("() => document.querySelector('[data-fact=rejected]')?.innerText.startsWith('1: ')")
    facts = screen.page.locator("#about-list dd")
    told = dict(facts.evaluate_all("(all) => all.map((one) => [one.dataset.fact, one.innerText])"))
    assert told["board"] == "Live fundraiser"
    assert told["unit"] == "US Dollar (USD)"
    assert told["sum-amount"] == "$25"
    assert told["verified"] != "not yet"
