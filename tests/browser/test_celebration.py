"""A milestone is celebrated once, on every screen at the same moment."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.screen import Screen
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

WATCH = """
window.celebrated = [];
new MutationObserver((changes) => {
  for (const { target } of changes) {
    if (target.id === "celebration" && target.dataset.step) {
      celebrated.push({ step: target.dataset.step, at_ms: Date.now() });
    }
  }
}).observe(document, { subtree: true, attributeFilter: ["data-step"] });
"""


def watch(open_window: Open, stage: Stage, board: str, **options: Any) -> Screen:
    """Open a window that records its celebrations in `celebrated`."""
    screen = open_window(**options)
    screen.page.add_init_script(WATCH)
    screen.show(stage, board).wait_for_state("live")
    return screen


def test_two_windows_celebrate_a_milestone_once_and_together(
    stage: Stage, gala: str, open_window: Open
) -> None:
    windows = [watch(open_window, stage, gala) for _ in range(2)]
    stage.give(gala, "Website", 500_000, key="large")
    for window in windows:
        window.wait("() => celebrated.length > 0")
        assert window.page.inner_text("#celebration-title") == "$500,000 reached!"
    # After a refund and another donation, the milestone is not reached for the first time.
    stage.refund(gala, "large")
    stage.give(gala, "Website", 500_000)
    late = watch(open_window, stage, gala)
    for window in (*windows, late):
        window.wait_for_figures_of(stage.read_api(gala))
    [[first], [second]] = [window.page.evaluate("celebrated") for window in windows]
    assert first["step"] == second["step"] == "50000000"
    assert abs(first["at_ms"] - second["at_ms"]) < 1_000
    assert late.page.evaluate("celebrated") == []


def test_the_largest_of_several_steps_is_celebrated_and_it_ends(
    stage: Stage, gala: str, open_window: Open
) -> None:
    window = open_window()
    window.page.clock.install()
    window.page.add_init_script(WATCH)
    window.show(stage, gala).wait_for_state("live")
    stage.give(gala, "Website", 2_600_000)
    window.wait("() => celebrated.length > 0")
    assert window.page.inner_text("#celebration-title") == "Goal reached!"
    window.wait("() => document.querySelector('#celebration canvas')")
    window.page.clock.fast_forward(11_000)
    window.wait("() => celebration.hidden && !document.querySelector('#celebration canvas')")
    assert [one["step"] for one in window.page.evaluate("celebrated")] == ["250000000"]


def test_who_wants_no_motion_gets_the_message_alone(
    stage: Stage, gala: str, open_window: Open
) -> None:
    window = watch(open_window, stage, gala, reduced_motion="reduce")
    window.page.evaluate(
        """() => {
          window.figures = [];
          new MutationObserver(() => figures.push(total.textContent))
            .observe(total, { subtree: true, characterData: true, childList: true });
        }"""
    )
    stage.give(gala, "Website", 1_000_000)
    window.wait("() => celebrated.length > 0")
    assert window.page.inner_text("#celebration-title") == "$1,000,000 reached!"
    assert window.page.locator("#celebration canvas").count() == 0
    # The figure is drawn at its own pace and may skip values.
    window.wait_for_total("$1,000,025")
    assert window.page.evaluate("figures") == ["$1,000,025"]
    moving = "() => document.getAnimations().filter((one) => one.playState === 'running').length"
    assert window.page.evaluate(moving) == 0
