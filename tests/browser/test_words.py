"""Donors' texts cannot leave their row, hide, or change the page's direction."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp

pytestmark = pytest.mark.browser

FAMILY = "👨\N{ZERO WIDTH JOINER}👩\N{ZERO WIDTH JOINER}👧"

Call = Callable[..., Any]
Open = Callable[..., Screen]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Red", "Red"),
        ("  Red \t Team ", "Red Team"),
        ("Re\N{ZERO WIDTH SPACE}d", "Red"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}eugaeL eulB", "eugaeL eulB"),
        ("a\x07b\x9bc", "abc"),
        ("Cafe\N{COMBINING ACUTE ACCENT}", "Caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("\N{BRAILLE PATTERN BLANK}", ""),
        ("\N{HANGUL FILLER}\N{HANGUL CHOSEONG FILLER}", ""),
        ("\N{TAG LATIN SMALL LETTER A}x", "x"),
        ("\ue000x", "x"),
        ("<b>&lt;", "<b>&lt;"),
        ("__proto__", "__proto__"),
        # Unusual characters may be part of somebody's name.
        ("می\N{ZERO WIDTH NON-JOINER}خواهم", "می\N{ZERO WIDTH NON-JOINER}خواهم"),
        ("क्\N{ZERO WIDTH JOINER}ष", "क्\N{ZERO WIDTH JOINER}ष"),
        (
            "👨\N{ZERO WIDTH JOINER}👩\N{ZERO WIDTH JOINER}👧",
            "👨\N{ZERO WIDTH JOINER}👩\N{ZERO WIDTH JOINER}👧",
        ),
        ("❤\N{VARIATION SELECTOR-16}", "❤\N{VARIATION SELECTOR-16}"),
    ],
)
def test_words_are_shown_without_what_cannot_be_seen(given: str, shown: str, call: Call) -> None:
    assert call("safe_text.safeText", given) == shown


def test_a_letter_has_three_marks_at_most(call: Call) -> None:
    zalgo = "Z" + "\N{COMBINING LONG STROKE OVERLAY}\N{COMBINING TILDE}" * 12 + "x"
    assert len(call("safe_text.safeText", zalgo)) <= 5


def test_a_group_without_a_name_is_told_as_one(scripted: ScriptedApp, open_window: Open) -> None:
    blank = "\N{HANGUL FILLER}"
    values = {"count": 1, "amount": 2500}
    item = {"id": 1, "at_ms": 1795287851000, "attributes": {"platform": blank, "amount": 2500}}
    ticker = {"length": 12, "attributes": ["platform", "amount"], "items": [item]}
    scripted.greet(totals={"ALL": values, blank: values}, ticker=ticker)
    for lang, words in (("en", "(no name)"), ("de", "(ohne Namen)"), ("ar", "(بلا اسم)")):
        screen = open_window()
        screen.page.goto(f"{scripted.url}?lang={lang}")
        screen.wait("() => document.querySelector('#ticker .name')?.innerText")
        assert screen.page.inner_text("#bars .name") == words
        assert screen.page.inner_text("#ticker .name") == words


def test_marks_and_tall_letters_stay_in_their_row(scripted: ScriptedApp, open_window: Open) -> None:
    tall = "\N{CUNEIFORM SIGN LUGAL OVER LUGAL}" + "A" * 200
    values = {"count": 1, "amount": 2500}
    scripted.greet(totals={"ALL": values, tall: values})
    screen = open_window()
    screen.page.goto(scripted.url)
    screen.wait("() => document.querySelector('#bars .name')?.innerText")
    name = "getComputedStyle(document.querySelector('#bars .name'))"
    assert screen.page.evaluate(f"{name}.overflowY") == "clip"
    assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
