"""The other pages of the display: links to copy, QR codes, and the list of boards."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

ADDRESS = "http://192.168.1.20:8000/"


def open_help(open_window: Open, app: ScriptedApp, query: str = "", **options: Any) -> Screen:
    """Open the page of a server that other devices reach by an address of its own."""
    boards = [{"name": "fundraiser", "title": "Live fundraiser"}, {"name": "run", "title": "Run"}]
    told = json.dumps({"boards": boards, "address": ADDRESS}).encode()
    app.files["api/boards"] = ("application/json", told)
    app.files["api/boards/run"] = ("application/json", b"{}")
    app.greet()
    screen = open_window(**options)
    screen.page.goto(f"{app.url}help{query}")
    screen.wait("() => document.querySelector('#choice-board option')")
    return screen


def read_options() -> set[str]:
    """Return the names that options.js takes from the address."""
    code = (ROOT / "static/options.js").read_text("utf-8")
    return set(re.findall(r"(?:query|URLSearchParams\(search\))\)?\.get\(\"(\w+)\"", code)) | set(
        re.findall(r"is_on\(\"(\w+)\"\)", code)
    )


def test_every_option_of_an_address_is_explained_and_no_other() -> None:
    page = (ROOT / "static/help.html").read_text("utf-8")
    explained = set(re.findall(r"<td><code>(\w+)=", page)) | {"panels"}
    assert read_options() == explained
    assert {"every", "far", "bare", "overlay", "at", "tz"} <= explained
    code = (ROOT / "static/options.js").read_text("utf-8")
    places = re.search(r"PLACES = \[(.*)\]", code)
    assert places is not None
    for place in re.findall(r'"([\w-]+)"', places[1]):
        assert f"<code>{place}</code>" in page or f"at={place}<" in page


def test_a_link_made_to_measure_is_copied(
    own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    screen = open_window(permissions=["clipboard-read", "clipboard-write"])
    screen.page.goto(f"{own_stage.url}/help")
    screen.wait("() => document.querySelector('#choice-board option')")
    screen.page.select_option("#choice-theme", "light")
    screen.page.fill("#choice-lang", "de")
    screen.page.uncheck("[value=ticker]")
    screen.page.click("#copy")
    screen.wait("() => copied.textContent.startsWith('Copied')")
    copied = screen.page.evaluate("navigator.clipboard.readText()")
    wanted = f"/?board={own_gala}&theme=light&lang=de&panels=total,give,goal,bars,timeline"
    assert copied == f"{own_stage.url}{wanted}"
    screen.page.goto(copied)
    screen.wait_for_state("live")
    assert screen.page.inner_text("#count") == "1 Spende"


def test_the_preview_is_what_the_link_shows(
    own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    """In the size of the place, and against the policy of neither page."""
    screen = open_window()
    screen.page.goto(f"{own_stage.url}/help")
    for place, size, where in (
        ("wall", [1920, 1080], "wall"),
        ("hall", [1920, 1080], "wall"),
        ("strip", [1920, 1080], "overlay"),
        ("upright", [1080, 1920], "upright"),
        ("led", [1536, 256], "strip"),
        ("phone", [390, 760], "phone"),
    ):
        screen.page.check(f"[name=place][value={place}]", force=True)
        screen.wait(
            """([size, where, board]) => {
              const { contentWindow } = document.getElementById("preview-page");
              const { body } = contentWindow.document;
              return body?.dataset.place === where && body.dataset.board === board
                && contentWindow.innerWidth === size[0] && contentWindow.innerHeight === size[1]
                && contentWindow.document.getElementById("total")?.textContent === "$25";
            }""",
            [size, where, own_gala],
        )
        frame, box = (
            screen.page.locator(one).bounding_box() for one in ("#preview-page", "#preview")
        )
        assert frame is not None
        assert box is not None
        assert frame["width"] <= box["width"] + 1
        assert frame["height"] <= box["height"] + 1


def test_every_ready_link_has_a_code_for_the_address_that_others_reach(
    scripted: ScriptedApp, open_window: Open
) -> None:
    screen = open_help(open_window, scripted)
    places = screen.page.locator("[name=place]").evaluate_all(
        "(all) => all.map((one) => one.value)"
    )
    assert len(places) == 12
    codes = set()
    for place in places:
        screen.page.check(f"[name=place][value={place}]", force=True)
        address = screen.page.get_attribute("#link", "href") or ""
        assert address.startswith(f"{ADDRESS}?board=fundraiser")
        label = screen.page.get_attribute("#code", "aria-label") or ""
        assert label == f"QR code of {screen.page.inner_text('#link')}"
        codes.add(screen.page.get_attribute("#code path", "d"))
    assert len(codes) == 9  # wall, upright, LED strip and phone have one link
    assert ADDRESS in screen.page.inner_text("#reach")
    screen.page.check("[name=place][value=boards]", force=True)
    assert "board=fundraiser,run" in screen.page.inner_text("#link")


def test_an_address_of_this_machine_alone_has_no_code(
    own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    screen = open_window()
    screen.page.goto(f"{own_stage.url}/help")
    screen.wait("(board) => link.href.includes(board)", own_gala)
    assert screen.page.locator("#code").is_hidden()
    assert "this machine only" in screen.page.inner_text("#reach")
    assert screen.page.locator("[value=boards]").is_hidden()  # there is one board


@pytest.mark.parametrize(
    ("lang", "heading", "strip"),
    [
        ("de", "Auf einen Bildschirm bringen", "OBS: Streifen"),
        ("ar", "عرضه على شاشة", "OBS: شريط"),
        ("ja", "Put it on a screen", "OBS: strip"),
        ("he", "Put it on a screen", "OBS: strip"),
    ],
)
def test_headings_and_links_are_in_the_pages_language(
    lang: str, heading: str, strip: str, scripted: ScriptedApp, open_window: Open
) -> None:
    screen = open_help(open_window, scripted, f"?lang={lang}")
    assert screen.page.inner_text("h1") == heading
    assert screen.page.inner_text(".place:has([value=strip]) b") == strip
    is_english = lang in ("ja", "he")
    assert (screen.page.inner_text("#only-english") == "") == is_english
    assert screen.page.evaluate("document.dir") == ("rtl" if lang == "ar" else "ltr")
    assert screen.page.locator("h2:not(:empty)").count() == screen.page.locator("h2").count()


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_the_help_page_is_no_wider_than_its_window(
    width: int, scripted: ScriptedApp, open_window: Open
) -> None:
    screen = open_help(open_window, scripted, size={"width": width, "height": 844})
    for place in ("wall", "led", "upright"):
        screen.page.check(f"[name=place][value={place}]", force=True)
        screen.wait("(place) => document.getElementById('preview').style.blockSize !== ''", place)
        assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


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
    says = "(text) => document.querySelector('.cards .state')?.innerText === text"
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
    told = screen.page.locator(".cards :is(.meta, .state)").all_inner_texts()
    assert told == ["1 donation · 0% of $2.5M", "Live"]
    way = screen.page.locator(".cards .way")
    assert way.evaluate("(way) => way.style.getPropertyValue('--part')") == "0.0000"
    screen.page.click(".cards a")
    screen.wait_for_state("live")
    assert f"board={own_gala}" in screen.page.url


@pytest.mark.parametrize("lang", ["en", "de", "ar"])
@pytest.mark.parametrize("width", [1280, 800, 390])
def test_what_a_choice_says_is_not_cut(
    lang: str, width: int, scripted: ScriptedApp, open_window: Open
) -> None:
    size = {"width": width, "height": 844}
    screen = open_help(open_window, scripted, f"?lang={lang}", size=size)
    cut = screen.page.evaluate(
        """() => [...document.querySelectorAll("#choices select, #choices input[type=text]")]
          .filter((one) => {
            if (one.tagName === "SELECT") {
              const whole = one.cloneNode(true);
              whole.style.inlineSize = "max-content";
              one.after(whole);
              const { width } = whole.getBoundingClientRect();
              whole.remove();
              return width > one.getBoundingClientRect().width;
            }
            const { font, paddingLeft, paddingRight } = getComputedStyle(one);
            const brush = document.createElement("canvas").getContext("2d");
            brush.font = font;
            const room = one.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
            return brush.measureText(one.placeholder).width > room;
          }).map((one) => one.id)"""
    )
    assert cut == []
