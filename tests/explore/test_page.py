"""The page `/explore` in a real browser: keyboard, links, accessibility."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import check_page
from tests.browser.screen import Screen, open_screen
from tests.explore.conftest import GIFTS, OpenServed
from tests.explore.served import Served, gift

pytestmark = pytest.mark.browser

PHONE, WALL = {"width": 390, "height": 844}, {"width": 1920, "height": 1080}
BY_PLATFORM = '''title = "Gifts by platform"
sql = """
select platform, count(*) as gifts, sum(amount) as total
from donations group by 1 order by 1"""
'''
ABOVE = """title = "Gifts above"
sql = "select key, amount from donations where amount >= $least order by 1"
[parameters.least]
type = "number"
"""
Open = Callable[..., Screen]


@pytest.fixture
def stored(open_served: OpenServed, tmp_path: Path) -> Served:
    folder = tmp_path / "boards" / "queries"
    folder.mkdir(parents=True)
    (folder / "by-platform.toml").write_text(BY_PLATFORM)
    (folder / "above.toml").write_text(ABOVE)
    served = open_served("gala", "other", queries=str(tmp_path / "boards"))
    served.fill(GIFTS)
    return served


def sign_in(page: Page, served: Served, hash_: str = "", **may: Any) -> str:
    key = served.make_key(**may)
    page.goto(f"{served.url}/explore{hash_}")
    page.get_by_label("Key").fill(key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Forget the key")).to_be_visible()
    return key


def rows(page: Page) -> list[list[str]]:
    found = page.locator("#rows tbody tr").all()
    return [row.locator("td").all_inner_texts() for row in found]


def test_a_question_is_asked_with_the_keyboard_alone(stored: Served, open_window: Open) -> None:
    page = open_window(size=WALL).page
    sign_in(page, stored)
    expect(page.locator("#rows tbody tr")).to_have_count(3)
    expect(page.get_by_role("status").first).to_contain_text("live · version")
    page.get_by_label("SQL", exact=True).focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("select key\nfrom donations where amount > $least order by key")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_label("$least")).to_be_focused()
    page.keyboard.type("50")
    page.keyboard.press("Enter")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    assert rows(page) == [["d-6"]]


def test_tab_indents_and_escape_lets_it_leave(stored: Served, open_window: Open) -> None:
    page = open_window(size=WALL).page
    sign_in(page, stored)
    field = page.get_by_label("SQL", exact=True)
    field.fill("select 1\nfrom donations")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.press("Tab")
    expect(field).to_have_value("  select 1\n  from donations")
    page.keyboard.press("Shift+Tab")
    expect(field).to_have_value("select 1\nfrom donations")
    page.keyboard.press("ControlOrMeta+Z")
    expect(field).to_have_value("  select 1\n  from donations")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Run")).to_be_focused()


def test_a_mistake_is_shown_at_its_place(stored: Served, open_window: Open) -> None:
    page = open_window(size=WALL, network=False).page
    sign_in(page, stored)
    field = page.get_by_label("SQL", exact=True)
    field.fill("select 'ä',\n nowhere from donations")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#problem")).to_contain_text('"nowhere" not found')
    selected = "document.activeElement.value.slice(document.activeElement.selectionStart, "
    assert page.evaluate(selected + "document.activeElement.selectionEnd)") == "nowhere"
    field.fill("select 1 as a")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#problem")).to_be_hidden()
    assert rows(page) == [["1"]]


def test_a_link_carries_the_question_and_never_the_key(stored: Served, open_window: Open) -> None:
    page = open_window(size=WALL).page
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    key = sign_in(page, stored)
    page.get_by_label("SQL", exact=True).fill("select $name as n, 'Ana & Bo' as b")
    page.get_by_label("$name").fill("50 %")
    page.get_by_role("button", name="Copy a link").click()
    expect(page.locator("#note")).to_contain_text("link")
    link = page.url
    assert key not in link
    assert not any(key in url or "Ana" in url or "select" in url for url in requests)

    other = open_window(size=WALL).page
    sign_in(other, stored, "#" + link.partition("#")[2])
    # A stranger's SQL does not run by itself.
    expect(other.locator("#note")).to_contain_text("read it, then run it")
    assert rows(other) == []
    other.get_by_role("button", name="Run").click()
    expect(other.locator("#rows tbody tr")).to_have_count(1)
    assert rows(other) == [["50 %", "Ana & Bo"]]


def test_a_link_to_a_stored_query_shows_its_answer(stored: Served, open_window: Open) -> None:
    page = open_window(size=WALL).page
    sign_in(page, stored, f"#board=gala&query=above&{quote('$least')}=50", ad_hoc=False)
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    assert rows(page) == [["d-6", "100.00"]]
    expect(page.get_by_label("SQL", exact=True)).not_to_be_editable()
    page.get_by_role("button", name="Gifts by platform").click()
    expect(page.locator("#rows tbody tr")).to_have_count(3)


def test_the_key_stays_for_a_reload_and_is_forgotten(stored: Served, open_window: Open) -> None:
    page = open_window(size=WALL, network=False).page
    key = sign_in(page, stored)
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    page.reload()
    expect(page.locator("#rows tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Forget the key").click()
    expect(page.get_by_label("Key")).to_be_focused()
    assert page.evaluate("sessionStorage.length") == 0
    page.get_by_label("Key").fill(key[:-1])
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This key is not valid")


def test_the_answer_is_asked_again_and_changes(stored: Served, open_window: Open) -> None:
    page = open_window(size=WALL).page
    sign_in(page, stored)
    page.get_by_label("SQL", exact=True).fill("select count(*) as n from donations")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#rows tbody")).to_have_text(str(len(GIFTS)))
    page.get_by_label("Ask again every 2 s").check()
    stored.change(gift("d-9", 5))
    expect(page.locator("#rows tbody")).to_have_text(str(len(GIFTS) + 1))


def test_a_column_is_put_into_the_sql_with_its_quotes(stored: Served, open_window: Open) -> None:
    page = open_window(size=WALL).page
    stored.change(gift("d-9", 5, order={"S": "x"}))
    sign_in(page, stored)
    field = page.get_by_label("SQL", exact=True)
    field.fill("select ")
    for name in ("donatedAt", "order"):
        page.locator("#columns").get_by_role("button", name=name).click()
    expect(field).to_have_value('select donatedAt, "order"')
    expect(page.locator("#columns")).to_contain_text("null here in 1 item with a value")


def test_the_file_has_all_rows(stored: Served, open_window: Open) -> None:
    page = open_window(size=WALL).page
    sign_in(page, stored)
    page.get_by_role("button", name="Gifts by platform").click()
    expect(page.locator("#rows tbody tr")).to_have_count(3)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    assert waiting.value.suggested_filename == "by-platform.csv"
    lines = waiting.value.path().read_text().splitlines()
    assert lines[:2] == ["platform,gifts,total", "Phone,2,125.00"]


def test_a_donors_words_are_text(stored: Served, open_window: Open) -> None:
    page = open_window(size=WALL).page
    sign_in(page, stored)
    name = "<img src=x onerror=alert(1)> \u202egro.live"
    page.get_by_label("SQL", exact=True).fill("select $p as p, 1 as n")
    page.get_by_label("$p").fill(name)
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    assert rows(page) == [[name.replace("\u202e", ""), "1"]]
    page.get_by_role("button", name="Chart").click()
    expect(page.locator("#chart .label")).to_have_text(name.replace("\u202e", ""))


def show_states(page: Page, served: Served) -> Any:
    """Show the page in each of its states, one after the other."""
    page.goto(f"{served.url}/explore")
    page.get_by_label("Key").fill("tb_x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    yield "refused"
    sign_in(page, served)
    expect(page.locator("#rows tbody tr")).to_have_count(3)
    yield "table"
    page.get_by_role("button", name="Chart").click()
    expect(page.locator("#chart .bars")).to_be_visible()
    yield "bars"
    page.get_by_label("SQL", exact=True).fill(
        "select to_timestamp(range * 3600) as hour, range * $p as total from range(30)"
    )
    page.get_by_label("$p").fill("2")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#chart svg")).to_be_visible()
    yield "line"
    page.get_by_role("button", name="Table").click()
    page.get_by_label("SQL", exact=True).fill("from donations, range(3)")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#rows tbody tr")).to_have_count(3 * len(GIFTS))
    yield "wide table"
    page.get_by_label("SQL", exact=True).fill("from " + "nowhere" * 30)
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#problem")).to_be_visible()
    yield "problem"
    page.get_by_label("Board").select_option("other")
    expect(page.get_by_role("status").first).to_contain_text("loading")
    yield "loading"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, WALL], ids=["phone", "wall"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    stored: Served, browser: Browser, size: dict[str, int], scheme: str
) -> None:
    with open_screen(browser, network=False, size=size, color_scheme=scheme) as screen:
        for state in show_states(screen.page, stored):
            check_page(screen)
            fits = screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert fits, state


def test_the_coloured_text_lies_exactly_under_the_typed_one(
    stored: Served, open_window: Open
) -> None:
    page = open_window(size=PHONE).page
    sign_in(page, stored)
    page.get_by_label("SQL", exact=True).fill("select 'a long text that wraps', 12 " * 12)
    same = page.evaluate(
        "() => [sql, shades].map((box) => [box.scrollHeight, box.clientWidth,"
        " getComputedStyle(box).font, getComputedStyle(box).padding].join())"
    )
    assert same[0] == same[1]
