"""Every language of the display is complete, and others get English as a whole."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

Call = Callable[..., Any]
Open = Callable[..., Screen]
Texts = dict[str, str | dict[str, str]]

LANGUAGES = sorted(path.stem for path in (ROOT / "static/texts").glob("*.js"))
_ROOT = "[document.documentElement.lang, document.dir]"


def read_texts(page: Page, lang: str) -> Texts:
    texts: Texts = page.evaluate(
        "async (lang) => (await import(`/static/texts/${lang}.js`))[lang]", lang
    )
    return texts


def find_names(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_language_has_every_text_with_every_plural_that_it_needs(
    lang: str, module_page: Page
) -> None:
    english, texts = read_texts(module_page, "en"), read_texts(module_page, lang)
    needed = module_page.evaluate(
        "(lang) => new Intl.PluralRules(lang).resolvedOptions().pluralCategories", lang
    )
    assert list(texts) == list(english)
    for name, text in texts.items():
        usual = english[name]
        assert isinstance(text, dict) == isinstance(usual, dict), name
        if isinstance(text, str) and isinstance(usual, str):
            assert text.strip() == text != "", name
            assert find_names(text) == find_names(usual), name
        elif isinstance(text, dict) and isinstance(usual, dict):
            assert set(text) == set(needed), name
            assert all(text.values()), name
            # "One donation" may do without a number; where a form is of many numbers it has it.
            assert find_names(text["other"]) == find_names(usual["other"]), name
            for form in text.values():
                assert find_names(form) <= find_names(usual["other"]), name


def test_a_language_that_has_texts_is_used_with_them(module_page: Page) -> None:
    chosen = module_page.evaluate(
        """async (languages) => {
          const { createTexts } = await import("/static/texts.js");
          return languages.map((lang) => {
            const { texts_lang, locale, dir } = createTexts(`${lang}-001`);
            return [texts_lang, locale, dir];
          });
        }""",
        LANGUAGES,
    )
    right_to_left = {"ar", "he"}
    assert chosen == [
        [lang, f"{lang}-001", "rtl" if lang in right_to_left else "ltr"] for lang in LANGUAGES
    ]


@pytest.mark.parametrize(
    ("lang", "amount", "compact"),
    [
        ("pl", "41 250,50 USD", "100 tys. USD"),
        ("es-MX", "USD 41,250.50", "USD 100 k"),
        ("zh", "$41,250.50", "$100K"),
        ("ru", "$41,250.50", "$100K"),
        ("fa", "$41,250.50", "$100K"),
        ("hi", "$41,250.50", "$100K"),
    ],
)
def test_a_language_without_texts_gets_english_as_a_whole(
    lang: str, amount: str, compact: str, scripted: ScriptedApp, open_window: Open
) -> None:
    """Numbers are the language's own only if it is written in Latin letters."""
    goal = {"measure": "amount", "target": 10_000_000, "milestones": [], "reached": {}}
    scripted.greet(goal={**goal, "names": {}})
    screen = open_window()
    screen.page.goto(f"{scripted.url}?lang={lang}")
    screen.wait_for_state("live")
    assert screen.page.evaluate(_ROOT) == ["en", "ltr"]
    assert screen.page.inner_text("#ticker-title") == "Latest donations"
    screen.wait(
        """(wanted) => ["#total", "#goal-marks .target"].every((one, place) =>
          document.querySelector(one)?.textContent.replace(/\\s/g, " ") === wanted[place])""",
        [amount, compact],
    )


@pytest.mark.parametrize(
    ("query", "lang"), [("", "ja"), ("&lang=de", "de"), ("&lang=no such language", "ja")]
)
def test_a_screen_speaks_its_addresss_language_else_the_boards(
    query: str, lang: str, own_stage: Stage, open_window: Open
) -> None:
    board = own_stage.write_board("gala", language='"ja"')
    plain = own_stage.write_board("plain")
    for name in (board, plain):
        own_stage.give(name, "Phone", 25)
        own_stage.prove(name)
    own_stage.start()
    screen = open_window(locale="fr-FR")
    screen.page.goto(f"{own_stage.url}/?board={board}{query}")
    screen.wait_for_state("live")
    assert screen.page.evaluate(_ROOT) == [lang, "ltr"]
    # A board that says nothing leaves it to the browser.
    screen.page.goto(f"{own_stage.url}/?board={plain}")
    screen.wait_for_state("live")
    assert screen.page.evaluate(_ROOT) == ["fr", "ltr"]


@pytest.mark.parametrize(
    ("lang", "count", "alone"),
    [
        ("en", "1 donation", "donation"),
        ("de", "1 Spende", "Spende"),
        ("fr", "1 don", "don"),
        ("ar", "تبرع واحد", "تبرع"),
        ("he", "תרומה אחת", "תרומה"),
        ("ja", "寄付1件", "件の寄付"),
    ],
)
def test_a_count_is_told_with_its_number_or_under_it(
    lang: str, count: str, alone: str, scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet(totals={"ALL": {"count": 1, "amount": 2_500}})
    screen = open_window()
    screen.page.goto(f"{scripted.url}?lang={lang}")
    screen.wait_for_state("live")
    assert re.sub("[\u2066-\u2069]", "", screen.page.inner_text("#count")) == count
    measures = [{"name": "count", "attribute": None, "unit": "", "exponent": 0}]
    scripted.greet(measures=measures, totals={"ALL": {"count": 1}}, goal=None, timeline=None)
    screen.wait("(text) => document.getElementById('count').innerText === text", alone)


def test_no_mark_of_ours_needs_a_font() -> None:
    """A machine without the right font shows a box instead."""
    for path in sorted((ROOT / "static").glob("*.css")):
        for content in re.findall(r'content: "([^"]*)"', path.read_text("utf-8")):
            assert content.isascii(), f"{path.name}: {content}"


def test_a_french_colon_has_its_space_after_the_next_steps_name(
    scripted: ScriptedApp, open_window: Open
) -> None:
    goal = {"measure": "amount", "target": 10_000_000, "milestones": [6_000_000], "reached": {}}
    scripted.greet(goal={**goal, "names": {"6000000": "Tarte"}})
    screen = open_window()
    screen.page.goto(f"{scripted.url}?lang=fr")
    screen.wait_for_state("live")
    assert screen.page.text_content("#goal-next .name") in (
        "Tarte\u202f:",
        "\u2068Tarte\u2069\u202f:",
    )
