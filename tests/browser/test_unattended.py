"""A screen works for a week without anybody touching it."""

from collections.abc import Callable

import pytest

from tests.browser.hidden import HIDE
from tests.browser.screen import Screen
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

# A wake lock that the browser releases when the page is hidden.
WAKE_LOCK = """
window.locks = [];
Object.defineProperty(navigator, "wakeLock", { value: { async request(kind) {
  const lock = { kind, released: false };
  document.addEventListener("visibilitychange", () => (lock.released ||= document.hidden));
  locks.push(lock);
  return lock;
} } });
"""


def test_the_screen_is_kept_on_again_after_it_was_hidden(
    stage: Stage, gala: str, open_window: Open
) -> None:
    screen = open_window()
    screen.page.add_init_script(WAKE_LOCK)
    screen.show(stage, gala)
    assert screen.page.evaluate("locks") == [{"kind": "screen", "released": False}]
    screen.page.evaluate(HIDE, True)
    screen.page.evaluate(HIDE, False)
    screen.wait("() => locks.length === 2")
    assert [lock["released"] for lock in screen.page.evaluate("locks")] == [True, False]


def test_rows_and_canvases_do_not_pile_up(stage: Stage, gala: str, open_window: Open) -> None:
    screen = open_window().show(stage, gala)
    stage.give(gala, "Text", 5)
    screen.wait("() => document.querySelectorAll('#ticker li').length === 2")
    before = screen.page.evaluate("document.querySelectorAll('*').length")
    for number in range(60):
        stage.give(gala, "Text", 5, key=f"again-{number}")
        stage.refund(gala, f"again-{number}")
    screen.wait_for_figures_of(stage.read_api(gala))
    assert screen.page.evaluate("document.querySelectorAll('*').length") == before


def test_kept_figures_that_cannot_be_used_are_no_obstacle(
    stage: Stage, gala: str, open_window: Open
) -> None:
    screen = open_window()
    kept = '{"FORMAT": 1, "snapshot": {"totals": {"ALL": {"count": 1}}}, "as_of_ms": 1}'
    screen.page.add_init_script(f"sessionStorage.setItem('tallyboard:{gala}', '{kept}')")
    screen.show(stage, gala).wait_for_total("$25")


def test_a_pointer_that_rests_is_hidden(stage: Stage, gala: str, open_window: Open) -> None:
    screen = open_window()
    screen.page.clock.install()
    screen.show(stage, gala)
    screen.page.mouse.move(300, 300)
    screen.page.clock.fast_forward(10_000)
    screen.wait("() => getComputedStyle(document.body).cursor === 'none'")
    screen.page.mouse.move(400, 400)
    screen.wait("() => getComputedStyle(document.body).cursor !== 'none'")
