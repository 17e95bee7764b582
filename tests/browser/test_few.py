"""A few groups fill the room that many would need; before the first gift there is one sentence."""

from typing import Any

import pytest

from tests.browser.greetings import MONEY
from tests.browser.opening import Open, now, open_live
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp

pytestmark = pytest.mark.browser

_FULL_HD = (1920, 1080)
_EMPTY: dict[str, Any] = {
    "totals": {"ALL": {"count": 0, "amount": 0}},
    "ticker": {"length": 12, "attributes": ["platform", "amount"], "items": []},
}
_MATCH = {"text": "Every gift is doubled by Banque Nord", "until": now(3600)}
_BOX = "(one) => one.getBoundingClientRect().toJSON()"


def box(screen: Screen, selector: str) -> dict[str, float]:
    found: dict[str, float] = screen.page.locator(selector).first.evaluate(_BOX)
    return found


@pytest.mark.parametrize("query", ["", "&panels=bars"])
def test_the_way_of_a_few_groups_is_as_wide_as_their_list(
    query: str, scripted: ScriptedApp, open_window: Open
) -> None:
    screen = open_live(open_window, scripted, query, _FULL_HD, **MONEY)
    screen.wait("() => document.querySelectorAll('#bars .track').length === 2")
    wide = box(screen, "#bars")["width"]
    assert box(screen, "#bars .track")["width"] == pytest.approx(wide, rel=0.01)
    if query:
        assert wide >= 0.9 * _FULL_HD[0]
    names = screen.page.locator("#bars .name, #bars .meta, #bars .amount")
    assert names.evaluate_all("(all) => all.every((one) => one.scrollWidth <= one.clientWidth + 1)")


def test_before_the_first_gift_one_sentence_stands_in_the_middle(
    scripted: ScriptedApp, open_window: Open
) -> None:
    screen = open_live(open_window, scripted, "", _FULL_HD, **_EMPTY)
    screen.wait("() => first.checkVisibility()")
    assert screen.page.inner_text("#details").strip() == "The first donation will appear here"
    room, sentence = box(screen, "#details"), box(screen, "#first p")
    for start, size in (("left", "width"), ("top", "height")):
        middle = sentence[start] + sentence[size] / 2
        assert abs(middle - room[start] - room[size] / 2) < 0.1 * room[size]
    scripted.greet(**MONEY)
    screen.wait("() => document.querySelectorAll('#bars .track').length === 2")
    assert screen.page.is_visible("#bars-panel")


def test_a_far_screen_says_what_is_still_to_go(scripted: ScriptedApp, open_window: Open) -> None:
    screen = open_live(open_window, scripted, "&far=1", _FULL_HD, **MONEY)
    screen.wait_for_a_figure()
    assert screen.page.inner_text("#goal-next") == "$200K:\n$34,210 to go"
    # Without its heading, a gift would look like a group.
    assert not screen.page.is_visible("#ticker-panel")
    assert box(screen, "#goal-text")["left"] >= box(screen, "#count")["right"]


def test_a_plate_with_a_promise_and_a_code_takes_little_of_the_picture(
    scripted: ScriptedApp, open_window: Open
) -> None:
    screen = open_live(open_window, scripted, "&overlay=1", _FULL_HD, **MONEY, match=_MATCH)
    screen.wait_for_a_figure()
    assert "Banque Nord" in screen.page.inner_text("#match")
    assert box(screen, ".display")["height"] <= 0.3 * _FULL_HD[1]
    assert box(screen, "#match")["right"] <= box(screen, "#goal-text")["left"]
    assert screen.page.is_visible("#give-panel .code")


def test_a_phone_has_the_time_left_and_the_state_in_one_line(
    scripted: ScriptedApp, open_window: Open
) -> None:
    screen = open_live(open_window, scripted, "", (390, 844), **MONEY, ends=now(8_000))
    screen.wait("() => timeLeft.checkVisibility()".replace("timeLeft", "window['time-left']"))
    left, badge = box(screen, "#time-left"), box(screen, ".badge")
    assert badge["top"] < left["top"] + left["height"]
    assert not screen.page.is_visible("#age")


def test_the_last_change_is_told_within_a_day(scripted: ScriptedApp, open_window: Open) -> None:
    screen = open_live(open_window, scripted, "", _FULL_HD, **MONEY, created=now(-7_200))
    screen.wait("() => age.innerText === 'last change 2 hr. ago'")
    scripted.greet(**MONEY, created=now(-100_000))
    screen.wait("() => age.hidden")


def test_a_strip_has_room_for_logo_and_time(scripted: ScriptedApp, open_window: Open) -> None:
    screen = open_live(open_window, scripted, "&overlay=strip", _FULL_HD, **MONEY, ends=now(8_000))
    screen.wait("() => window['time-left'].checkVisibility()")
    screen.page.evaluate("logo.hidden = false")
    whole, left = box(screen, ".display"), box(screen, "#time-left")
    assert left["top"] >= whole["top"]
    assert left["top"] + left["height"] <= whole["top"] + whole["height"]
