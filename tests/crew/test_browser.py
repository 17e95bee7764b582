"""The crew's pages in a real browser: two taps, keyboard only, no scripts, accessibility."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import check_page
from tests.browser.screen import Screen, open_screen
from tests.conftest import free_port
from tests.crew.conftest import OpenOffice
from tests.crew.office import CODE, Office
from tests.stream_events import donation

pytestmark = pytest.mark.browser

PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
LIST = "Datum;Betrag;Plattform\n01/02/2026;25,00;Web\n03/04/2026;zehn;Web\n"
Open = Callable[..., Screen]


class Served:
    """The crew's pages at an address."""

    def __init__(self, office: Office) -> None:
        self.office = office
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/crew"
        config = uvicorn.Config(office.served, port=port, log_level="error", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < deadline, "the crew's pages did not start"
            self._thread.join(0.01)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)


@pytest.fixture
def served(open_office: OpenOffice) -> Iterator[Served]:
    served = Served(open_office())
    yield served
    served.close()


def sign_in(page: Page, url: str) -> None:
    """Sign in as after scanning the QR code: the code is already filled in."""
    page.goto(f"{url}/sign-in#{CODE}")
    page.get_by_label("Your name").fill("Ana")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("status")).to_have_text("Welcome, Ana.")


def test_a_usual_gift_is_entered_in_two_taps(served: Served, open_window: Open) -> None:
    for number in range(2):
        served.office.put(donation(f"d-{number}", "Phone", amount=35))
    page = open_window(size=PHONE, has_touch=True).page
    sign_in(page, served.url)
    assert "#" not in page.url
    page.get_by_role("radio", name="Phone").tap()
    page.get_by_role("button", name="Enter USD 35", exact=True).tap()
    expect(page.get_by_role("status")).to_have_text("USD 35.00 for Phone entered.")
    assert len(served.office.items()) == 3
    # The group is remembered, so the next gift takes one tap.
    page.get_by_role("button", name="Enter USD 50", exact=True).tap()
    expect(page.get_by_role("status")).to_have_text("USD 50.00 for Phone entered.")


def test_a_doubled_tap_is_one_gift(served: Served, open_window: Open) -> None:
    page = open_window(size=PHONE).page
    sign_in(page, served.url)
    page.get_by_placeholder("Type its name").fill("Bake sale")
    page.get_by_role("button", name="Enter USD 50", exact=True).dblclick()
    expect(page.get_by_role("status")).to_contain_text("USD 50.00 for Bake sale")
    page.reload()
    assert len(served.office.items()) == 1


def test_a_gift_is_entered_corrected_and_taken_back_with_the_keyboard_alone(
    served: Served, open_window: Open
) -> None:
    served.office.put(donation("d-1", "Phone", amount=35))
    served.office.put(donation("d-2", "Web", amount=35))
    page = open_window(size=LAPTOP).page
    page.goto(f"{served.url}/sign-in")
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.type("Ana")
    page.keyboard.press("Tab")
    page.keyboard.type(CODE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Welcome, Ana.")

    def press_tab_until(description: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate(
                "(text) => (document.activeElement.labels?.[0]?.innerText ??"
                " document.activeElement.innerText).trim().startsWith(text)",
                description,
            ):
                return
        raise AssertionError(f"the keyboard does not reach {description!r}")

    # The Tab key reaches one of the groups; the arrow keys choose among them.
    press_tab_until("Phone")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    press_tab_until("Amount")
    page.keyboard.type("12,50")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("USD 12.50 for Web entered.")
    press_tab_until("USD 12.50")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Correct a gift")
    press_tab_until("Amount")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("15")
    press_tab_until("Correct it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Corrected.")
    press_tab_until("Take it back")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("This gift was taken back")
    assert len(served.office.items()) == 2


def test_everything_works_without_scripts(served: Served, open_window: Open) -> None:
    page = open_window(size=PHONE, java_script_enabled=False).page
    page.goto(f"{served.url}/sign-in")
    page.get_by_label("Your name").fill("Ana")
    page.get_by_label("The crew’s code").fill(CODE)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_placeholder("Type its name").fill("Bake sale")
    page.get_by_text("Name, comment").click()
    page.get_by_label("Name", exact=True).fill("Ada")
    page.get_by_role("button", name="Enter USD 50", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("USD 50.00 for Bake sale entered.")
    page.get_by_role("link", name="Approve").click()
    page.get_by_role("button", name="Show: Ada").click()
    expect(page.get_by_role("status")).to_have_text("It may be shown.")
    page.get_by_role("link", name="Find").click()
    page.get_by_label("Amount, name, time or id").fill("ada")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("button", name="Take back USD 50.00, Bake sale").click()
    page.get_by_role("button", name="Bring it back").click()
    page.get_by_role("link", name="Screens").click()
    page.get_by_label("Text").fill("Dinner is served")
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_text("On the screens now:")).to_be_visible()
    [item] = served.office.items()
    assert item["approved"] == {"BOOL": True}


def test_going_through_a_list_the_page_stays_where_it_is(served: Served, open_window: Open) -> None:
    for number in range(30):
        served.office.put(
            donation(f"d-{number:02}", donated_at=f"2026-11-21T19:{number:02}:00Z")
            | {"name": {"S": f"Donor {number:02}"}}
        )
    page = open_window(size=PHONE).page
    sign_in(page, served.url)
    page.goto(f"{served.url}/approve")
    page.get_by_role("button", name="Show: Donor 10").scroll_into_view_if_needed()
    top = page.evaluate("scrollY")
    assert top > 0
    page.get_by_role("button", name="Show: Donor 10").click()
    expect(page.get_by_role("button", name="Show: Donor 09")).to_be_focused()
    assert abs(page.evaluate("scrollY") - top) < 150
    expect(page.get_by_role("button", name="Hide: Donor 10")).to_have_count(1)


def test_another_group_is_named_without_an_extra_tap(served: Served, open_window: Open) -> None:
    served.office.put(donation("d-1", "Phone", amount=35))
    page = open_window(size=PHONE).page
    sign_in(page, served.url)
    expect(page.get_by_placeholder("Type its name")).to_be_hidden()
    page.get_by_role("radio", name="Other …").click()
    page.get_by_placeholder("Type its name").fill("Bake sale")
    page.get_by_role("button", name="Enter USD 50", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("USD 50.00 for Bake sale entered.")


def list_pages(page: Page, url: str) -> Iterator[str]:
    """Go to each page in turn, in a state that shows as much as possible."""
    page.goto(f"{url}/sign-in")
    yield "sign-in"
    sign_in(page, url)
    page.get_by_role("radio", name="Other …").click()
    page.get_by_placeholder("Type its name").fill("Bake sale")
    page.get_by_role("button", name="Enter USD 50", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("entered")
    page.get_by_text("Name, comment").click()
    yield "enter"
    page.get_by_label("Amount in USD").fill("ten")
    page.get_by_role("button", name="Enter", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "enter, refused"
    page.get_by_label("Amount in USD").fill("90000")
    page.get_by_role("button", name="Enter", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this right?")
    yield "confirm"
    page.goto(f"{url}/gift?key=d-1")
    yield "gift"
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("button", name="Bring it back")).to_be_visible()
    yield "gift, taken back"
    for path in ("find", "approve", "import", "state", "export", "sheet"):
        page.goto(f"{url}/{path}")
        yield path
    page.goto(f"{url}/import")
    file: Any = {"name": "list.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    page.get_by_label("A list of gifts").set_input_files(files=[file])
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", name="Please answer")).to_be_visible()
    yield "import, asked"
    page.get_by_label("the day").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("1 mistake")
    yield "import, mistakes"
    page.goto(f"{url}/control")
    page.get_by_label("Text").fill("Dinner is served")
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_text("On the screens now:")).to_be_visible()
    yield "control"


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "light"), (LAPTOP, "dark")], ids=["phone-light", "laptop-dark"]
)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    served: Served, browser: Browser, size: dict[str, int], scheme: str
) -> None:
    for number in range(3):
        texts = {"name": {"S": "<b>محمد</b> " + "long" * 40}, "comment": {"S": "darn"}}
        served.office.put(donation(f"d-{number}", "Phone", amount=35) | texts)
    served.office.put(donation("d-8", "Web") | {"amount": {"S": "ten" * 50}})
    with open_screen(browser, network=False, size=size, color_scheme=scheme) as screen:
        for page in list_pages(screen.page, served.url):
            check_page(screen)
            fits = screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert fits, page
