"""From right to left, amounts and words of the other direction keep their order in the picture."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.texts import find_left, read_across

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

_AT = "2026-11-21T19:04:11.218Z"
_GOAL = {"measure": "amount", "target": 10_000_000, "milestones": [6_000_000], "reached": {}}
_CURRENCIES = [("he", "$"), ("ar", "US$")]


def open_live(open_window: Open, app: ScriptedApp, query: str) -> Screen:
    screen = open_window()
    screen.page.goto(f"{app.url}?{query}")
    screen.wait_for_state("live")
    return screen


@pytest.mark.parametrize(("lang", "dollar"), _CURRENCIES)
def test_a_currency_is_on_the_left_of_every_amount(
    lang: str, dollar: str, scripted: ScriptedApp, open_window: Open
) -> None:
    """An amount with a sign begins with another mark of direction than one without."""
    scripted.greet(goal={**_GOAL, "names": {}})
    page = open_live(open_window, scripted, f"lang={lang}").page
    page.locator("#ticker .amount").first.wait_for()
    for selector, number in (
        ("#total", "41,250"),
        ("#ticker .amount", "25"),
        ("#bars .amount", "12,025"),
        ("#rates dd", "75"),
        ("#goal-target", "100,000"),
        ("#goal-next .sum", "18,749"),
    ):
        assert read_across(page, selector, number, dollar) == [dollar, number], selector
    assert read_across(page, "#rates dd", "75", "+", dollar) == [dollar, "+", "75"]


@pytest.mark.parametrize(("lang", "dollar"), _CURRENCIES)
def test_a_total_below_zero_has_its_minus_at_the_number(
    lang: str, dollar: str, scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(totals={"ALL": {"count": 2, "amount": -255_050}}, goal=None)
    page = open_live(open_window, scripted, f"lang={lang}").page
    order = read_across(page, "#total", "2,550", "\N{MINUS SIGN}", ".50", dollar)
    assert order == [dollar, "\N{MINUS SIGN}", "2,550", ".50"]


@pytest.mark.parametrize("lang", ["he", "ar"])
def test_the_line_of_a_gift_begins_at_the_right_with_its_time(
    lang: str, scripted: ScriptedApp, open_window: Open
) -> None:
    attributes = {
        "platform": "Twitch",
        "amount": 2_500,
        "name": "Ann (Bob & Co.)",
        "city": "ירושלים",
    }
    names = list(attributes)
    item = {"id": 1, "at_ms": 1795287851000, "attributes": attributes}
    scripted.greet(ticker={"length": 12, "attributes": names, "items": [item]})
    page = open_live(open_window, scripted, f"lang={lang}").page
    page.locator("#ticker .meta").first.wait_for()
    order = read_across(page, "#ticker .meta", "04", "Ann", "Co.)", "ירושלים")
    assert order == ["ירושלים", "Ann", "Co.)", "04"]
    assert find_left(page, "#ticker .name", "Twitch") > find_left(page, "#ticker .amount", "25")


@pytest.mark.parametrize("lang", ["he", "ar"])
def test_a_milestone_with_an_english_name_has_its_marks_at_the_name(
    lang: str, scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(goal={**_GOAL, "names": {"6000000": "Pie (2) now!"}})
    screen = open_live(open_window, scripted, f"lang={lang}")
    page = screen.page
    label = "#goal-marks [data-step='6000000']"
    assert read_across(page, label, "60", "Pie", "(2)", "!") == ["Pie", "(2)", "!", "60"]
    order = read_across(page, "#goal-next", "Pie", "!", ":", "18,749")
    assert order == ["18,749", ":", "Pie", "!"]
    everything = {"ALL": {"count": 900, "amount": 6_100_000}}
    scripted.say("update", totals=everything, reached={"6000000": _AT})
    page.locator("#celebration").wait_for()
    assert read_across(page, "#celebration-title", "Pie", "!") == ["Pie", "!"]
    assert read_across(page, "#celebration-text", "60,000", "$", "!") == ["!", "$", "60,000"]


@pytest.mark.parametrize(("lang", "until"), [("he", "עד"), ("ar", "حتى")])
def test_a_match_is_followed_on_its_left_by_how_long_it_lasts(
    lang: str, until: str, scripted: ScriptedApp, open_window: Open
) -> None:
    match = {"text": "Acme doubles every gift!", "until": "2036-11-21T21:00:00Z"}
    scripted.greet(match=match)
    page = open_live(open_window, scripted, f"lang={lang}").page
    order = read_across(page, "#match", "Acme", "gift", "!", until, "2036")
    assert order == ["2036", until, "Acme", "gift", "!"]


@pytest.mark.parametrize(("lang", "since"), [("he", "מאז"), ("ar", "منذ")])
def test_a_signs_english_reason_stands_before_its_time(
    lang: str, since: str, scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet()
    screen = open_live(open_window, scripted, f"lang={lang}")
    reason = "Redis does not answer"
    scripted.say("status", state="checking", live=False, reason=reason, since=_AT)
    screen.wait_for_state("checking")
    order = read_across(screen.page, "#sign-reason", "Redis", "answer.", since, "04")
    assert order == ["04", since, "Redis", "answer."]


def test_words_from_the_right_keep_their_order_in_an_english_line(
    scripted: ScriptedApp, open_window: Open
) -> None:
    attributes: dict[str, Any] = {
        "platform": "Twitch",
        "amount": 2_500,
        "name": "דנה 7",
        "city": "Rome",
    }
    item = {"id": 1, "at_ms": 1795287851000, "attributes": attributes}
    scripted.greet(ticker={"length": 12, "attributes": list(attributes), "items": [item]})
    page = open_live(open_window, scripted, "lang=de").page
    page.locator("#ticker .meta").first.wait_for()
    order = read_across(page, "#ticker .meta", "04", "7", "דנה", "Rome")
    assert order == ["04", "7", "דנה", "Rome"]


def test_on_an_arabic_phone_the_address_to_give_at_begins_at_the_right(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(donate_url="https://give.example.org", donate_address="give.example.org")
    screen = open_window(size={"width": 390, "height": 844})
    screen.page.goto(f"{scripted.url}?lang=ar")
    screen.wait_for_state("live")
    edges = """() => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector("#give-panel .address"));
      const button = document.querySelector("#give-button").getBoundingClientRect();
      return [range.getBoundingClientRect().right, button.right];
    }"""
    address, button = screen.page.evaluate(edges)
    assert abs(address - button) < 2


def test_titles_of_boards_begin_where_the_page_does(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet()
    screen = open_window()
    screen.page.goto(f"{scripted.url}boards?lang=ar")
    screen.wait("() => document.querySelector('.cards .total')?.innerText.length > 1")
    edges = """() => [".title", ".total"].map((part) => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector(`.cards ${part}`));
      return range.getBoundingClientRect().right;
    })"""
    title, total = screen.page.evaluate(edges)
    assert abs(title - total) < 6
