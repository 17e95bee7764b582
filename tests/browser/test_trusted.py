"""What a screen says about figures that the server cannot vouch for, or that leave items out."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.examples import example
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp

pytestmark = pytest.mark.browser

Call = Callable[..., Any]
Open = Callable[..., Screen]

_SIZES = {"wall": (1920, 1080), "phone": (390, 844), "overlay": (1280, 720)}
LIVE = example("snapshot")["status"]
CHECKING = LIVE | {
    "state": "checking",
    "live": False,
    "since": "2026-11-21T19:02:00.000Z",
    "reason": "the newest change of the table is not counted",
}


def open_on(open_window: Open, app: ScriptedApp, place: str = "wall", query: str = "") -> Screen:
    width, height = _SIZES[place]
    screen = open_window(size={"width": width, "height": height})
    overlay = "&overlay=1" if place == "overlay" else ""
    screen.page.goto(f"{app.url}?lang=en{overlay}{query}")
    return screen


@pytest.mark.parametrize("place", _SIZES)
def test_what_is_not_counted_stands_beside_the_count(
    place: str, scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(rejected=0)
    screen = open_on(open_window, scripted, place)
    screen.wait_for_state("live")
    told = screen.page.locator("#not-counted")
    assert told.is_hidden()
    scripted.say("update", rejected=1)
    screen.wait("() => document.getElementById('not-counted').innerText === '1 not counted'")
    box, count = told.bounding_box(), screen.page.locator("#count").bounding_box()
    assert box is not None
    assert count is not None
    assert abs(box["y"] + box["height"] / 2 - count["y"] - count["height"] / 2) < 4
    size = "(id) => parseFloat(getComputedStyle(document.getElementById(id)).fontSize)"
    assert screen.page.evaluate(size, "not-counted") >= 0.85 * screen.page.evaluate(size, "count")
    scripted.say("update", version=815, rejected=0)
    told.wait_for(state="hidden")


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("de", "3 nicht gezählt"),
        ("ar", "3 تبرعات غير محتسبة"),
        ("fr", "3 non comptés"),
        ("nl", "3 not counted"),
    ],
)
def test_what_is_not_counted_is_told_in_every_language(
    lang: str, words: str, scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(rejected=3)
    screen = open_window()
    screen.page.goto(f"{scripted.url}?lang={lang}")
    told = "document.getElementById('not-counted').innerText.replace(/[\\u2068\\u2069]/g, '')"
    screen.wait(f"(words) => {told} === words", words)


def test_figures_that_are_checked_say_why_and_since_when(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet()
    screen = open_on(open_window, scripted)
    screen.wait_for_state("live")
    scripted.say("status", **CHECKING)
    screen.wait_for_state("checking")
    assert screen.page.inner_text("#sign-text").startswith("Checking")
    reason = screen.page.inner_text("#sign-reason").replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert reason.startswith("The newest change of the table is not counted. Since ")
    assert "7:02 PM" in reason
    told = CHECKING | {"reason": "Donations made since 2026-11-21T19:02:30.000Z may be missing"}
    scripted.say("status", **told)
    screen.wait("() => document.getElementById('sign-reason').innerText.startsWith('Donations')")
    reason = screen.page.inner_text("#sign-reason").replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert reason.endswith("7:02 PM may be missing.")
    assert "since Nov" in reason or "since 7:02" in reason
    scripted.say("status", **LIVE)
    screen.wait_for_state("live")
    assert screen.page.locator("#sign").is_hidden()


def test_figures_that_were_live_outlast_a_server_that_lost_them(
    scripted: ScriptedApp, open_window: Open
) -> None:
    less = {"ALL": {"count": 1, "amount": 100}}
    scripted.greet()
    screen = open_on(open_window, scripted)
    screen.wait_for_total("$41,250.50")
    scripted.greet(epoch="other", version=1, totals=less, verified_at=None, status=CHECKING)
    screen.wait_for_state("checking")
    screen.wait_for_total("$41,250.50")
    # Also after a reload, from the page's own storage.
    screen.page.reload()
    screen.wait_for_state("checking")
    assert screen.page.inner_text("#total") == "$41,250.50"
    scripted.say("status", **LIVE)
    screen.wait_for_total("$1")
    screen.wait_for_state("live")


def test_a_board_whose_items_are_updated_in_place_has_no_rates_and_says_why(
    scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(timeline=None, in_place=True)
    screen = open_on(open_window, scripted)
    screen.wait_for_state("live")
    assert screen.page.locator("#timeline-panel").is_hidden()
    screen.page.click("#about-title")
    told = screen.page.inner_text("[data-fact=in-place]")
    assert told == "not available: donations are updated in place"


def test_a_mistyped_year_is_reported_below_the_chart(
    scripted: ScriptedApp, open_window: Open
) -> None:
    timeline = example("snapshot")["timeline"]
    [point] = timeline["points"]
    scripted.greet(timeline=timeline | {"points": [[3600, 1, 500], point]})
    screen = open_on(open_window, scripted)
    screen.wait("() => document.getElementById('not-drawn')?.innerText")
    assert screen.page.inner_text("#not-drawn") == "Not in the chart: 1 donation dated 1970"


@pytest.mark.parametrize(
    ("whole", "shares"),
    [(10_000, ["1 donation · 150%", "2 donations"]), (-10_000, ["1 donation", "2 donations"])],
)
def test_a_whole_below_zero_has_no_shares(
    whole: int, shares: list[str], scripted: ScriptedApp, open_window: Open
) -> None:
    totals = {
        "ALL": {"count": 3, "amount": whole},
        "Phone": {"count": 1, "amount": 15_000},
        "Text": {"count": 2, "amount": whole - 15_000},
    }
    scripted.greet(totals=totals)
    screen = open_on(open_window, scripted)
    screen.wait("() => document.querySelectorAll('#bars li').length === 2")
    assert screen.page.locator("#bars .meta").all_inner_texts() == shares
    negative = screen.page.locator("#bars [data-group=Text]")
    assert negative.get_attribute("data-negative") == "1"
    lengths = screen.page.locator("#bars .fill").evaluate_all(
        "(all) => all.map((one) => Number(one.style.getPropertyValue('--part')))"
    )
    assert max(lengths) == 1
    assert min(lengths) > 0
    assert negative.locator(".amount").inner_text().startswith("\N{MINUS SIGN}$")


def test_groups_that_are_not_sent_are_in_the_last_bar(call: Call) -> None:
    measure = {"name": "amount", "attribute": "amount", "unit": "USD", "exponent": 2}
    groups = {f"g{n}": {"count": 1, "amount": 100 - n} for n in range(5)}
    totals = {"ALL": {"count": 15, "amount": 1_000}, **groups}
    rest = {"groups": 195, "count": 10, "amount": 510}
    bars = call("totals.listBars", {"totals": totals, "rest": rest, "group_order": []}, measure, 4)
    assert [bar["group"] for bar in bars] == ["g0", "g1", "g2", ""]
    assert bars[-1]["folded"] == 197
    assert sum(bar["value"] for bar in bars) == 1_000
    assert sum(bar["count"] for bar in bars) == 15
    # If all groups fit, the last bar is the others.
    bars = call("totals.listBars", {"totals": totals, "rest": rest, "group_order": []}, measure, 8)
    assert [bar["folded"] for bar in bars] == [0, 0, 0, 0, 0, 195]


def test_groups_that_the_board_names_stand_in_its_order_before_the_others(call: Call) -> None:
    measure = {"name": "count", "attribute": None, "unit": "", "exponent": 0}
    counts = {"ALL": 15, "Green": 4, "Red": 1, "Blue": 2, "Amber": 8}
    totals = {group: {"count": count} for group, count in counts.items()}
    snapshot = {"totals": totals, "rest": None, "group_order": ["Red", "Blue", "Grey"]}
    bars = call("totals.listBars", snapshot, measure, 8)
    assert [bar["group"] for bar in bars] == ["Red", "Blue", "Amber", "Green"]
