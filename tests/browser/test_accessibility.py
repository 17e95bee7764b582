"""axe-core finds no problems, and changes are announced politely to screen readers."""

from collections.abc import Callable

import pytest

from tests.browser.axe import check_page
from tests.browser.screen import Screen
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

_SIZES = {"wall": (1920, 1080), "phone": (390, 844), "overlay": (1280, 720)}
_THEMES = ("dark", "light", "contrast")


def open_sized(open_window: Open, place: str, *, network: bool = True) -> Screen:
    width, height = _SIZES[place]
    return open_window(size={"width": width, "height": height}, network=network)


@pytest.mark.parametrize("theme", _THEMES)
def test_the_display(theme: str, stage: Stage, gala: str, open_window: Open) -> None:
    stage.deliver(gala, [stage.record(gala, f"Place {n}", 60_000 - n) for n in range(12)])
    for place in _SIZES:
        options = f"&theme={theme}{'&overlay=1' if place == 'overlay' else ''}"
        screen = open_sized(open_window, place).show(stage, gala, options)
        screen.wait_for_state("live")
        if place == "wall":
            screen.page.click("#about-title")
        check_page(screen)


@pytest.mark.parametrize("theme", _THEMES)
def test_the_display_with_old_figures_from_right_to_left(
    theme: str, own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    screen = open_sized(open_window, "wall", network=False)
    screen.page.goto(f"{own_stage.url}/?board={own_gala}&theme={theme}&lang=ar")
    screen.wait_for_state("live")
    own_stage.kill()
    screen.wait_for_state("reconnecting")
    check_page(screen)


@pytest.mark.parametrize("theme", _THEMES)
def test_a_celebration(theme: str, stage: Stage, gala: str, open_window: Open) -> None:
    screen = open_sized(open_window, "wall")
    screen.page.emulate_media(reduced_motion="reduce")
    screen.show(stage, gala, f"&theme={theme}").wait_for_state("live")
    stage.give(gala, "Website", 500_000)
    screen.wait("() => !celebration.hidden")
    check_page(screen)


@pytest.mark.parametrize("theme", _THEMES)
@pytest.mark.parametrize("page", ["boards", "help"])
def test_the_other_pages(
    page: str, theme: str, own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    for place in ("wall", "phone"):
        screen = open_sized(open_window, place)
        screen.page.goto(f"{own_stage.url}/{page}?theme={theme}&lang=en")
        screen.wait("() => document.querySelector('#boards a, #choice-board option')")
        check_page(screen)
        assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_announcer_speaks_at_most_every_ten_seconds(
    stage: Stage, gala: str, open_window: Open
) -> None:
    screen = open_window()
    screen.page.clock.install()
    screen.show(stage, gala).wait_for_state("live")
    announcer = screen.page.locator("#announcer")
    assert announcer.get_attribute("aria-live") == "polite"
    assert announcer.inner_text() == "$25, 1 donation"
    for _ in range(3):
        stage.give(gala, "Phone", 10)
    screen.wait_for_total("$55")
    assert announcer.inner_text() == "$25, 1 donation"
    screen.page.clock.fast_forward(10_000)
    screen.wait("() => announcer.textContent === '$55, 4 donations'")


def test_another_board_can_be_chosen_with_the_keyboard(
    own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    own_stage.kill()
    own_stage.write_board("other")
    own_stage.start()
    screen = open_window().show(own_stage, own_gala)
    screen.wait("() => !switcher.hidden")
    screen.page.keyboard.press("Tab")
    screen.page.keyboard.press("Enter")
    screen.wait("() => switcher.open")
    screen.page.keyboard.press("Escape")
    screen.wait("() => !switcher.open")
