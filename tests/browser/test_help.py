"""The other pages of the display: links to copy, QR codes, and the list of boards."""

from collections.abc import Callable

import pytest

from tests.browser.screen import Screen
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]


def test_a_link_made_to_measure_is_copied(
    own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    screen = open_window(permissions=["clipboard-read", "clipboard-write"])
    screen.page.goto(f"{own_stage.url}/help")
    screen.wait("() => document.querySelector('#choice-board option')")
    screen.page.select_option("#choice-theme", "light")
    screen.page.fill("#choice-lang", "de")
    screen.page.uncheck("[value=ticker]")
    screen.page.click("#links li:first-child button")
    screen.wait("() => copied.textContent.startsWith('Copied')")
    copied = screen.page.evaluate("navigator.clipboard.readText()")
    wanted = f"/?board={own_gala}&theme=light&lang=de&panels=total,give,goal,bars,timeline"
    assert copied == f"{own_stage.url}{wanted}"
    screen.page.goto(copied)
    screen.wait_for_state("live")
    assert screen.page.inner_text("#count") == "1 Spende"


def test_a_donation_page_has_its_code(own_stage: Stage, own_gala: str, open_window: Open) -> None:
    own_stage.kill()
    own_stage.rewrite_board(own_gala, donate_url='"https://example.org/give"')
    own_stage.start()
    screen = open_window()
    screen.page.goto(f"{own_stage.url}/help")
    screen.wait("() => document.querySelector('#codes img')?.naturalWidth > 0")
    assert screen.page.locator("#no-codes").is_hidden()
    screen.show(own_stage, own_gala)
    assert screen.page.get_attribute("#donate", "href") == "https://example.org/give"


def test_the_list_says_so_when_the_server_is_gone(
    own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    screen = open_window(network=False)
    screen.page.clock.install()
    screen.page.goto(f"{own_stage.url}/boards?lang=en")
    says = "(text) => [...document.querySelectorAll('.cards .meta')].at(-1)?.innerText === text"
    screen.wait(says, "Live")
    own_stage.kill()
    screen.page.clock.fast_forward(15_000)
    screen.wait(says, "Offline")
    assert screen.page.inner_text(".cards .total") == "$25"
    own_stage.start()
    screen.page.clock.fast_forward(15_000)
    screen.wait(says, "Live")


def test_the_list_says_where_each_board_stands(
    own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    screen = open_window()
    screen.page.goto(f"{own_stage.url}/boards?lang=en")
    screen.wait("() => document.querySelector('.cards .total')?.innerText === '$25'")
    told = screen.page.locator(".cards .meta").all_inner_texts()
    assert told == ["1 donation · 0% of $2.5M", "Live"]
    screen.page.click(".cards a")
    screen.wait_for_state("live")
    assert f"board={own_gala}" in screen.page.url
