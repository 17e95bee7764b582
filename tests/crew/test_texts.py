"""Small parts of the pages: text cleaning, labels, settings."""

import pytest

from aggregates.board import Measure
from aggregates.units import PLAIN, currency
from crew.gifts import label_attribute
from crew.plain_text import clean_text, show_plain
from crew.settings import CrewSettings, CrewSettingsError, read_port
from crew.usual import list_first_amounts

GOOD = {"CREW_CODE": "abcd-2345", "CREW_SESSION_KEY": "k" * 32}


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ada", "Ada"),
        ("a\u202eb\u2066c", "abc"),
        ("a\x00b\x1b[2J", "a\ufffdb\ufffd[2J"),
        ("two\nlines\u2028here", "two lines here"),
        ("half \ud800", "half \ufffd"),
        ("שלום \u200f!", "שלום \u200f!"),
        ("👩\u200d👧", "👩\u200d👧"),
    ],
)
def test_shown_text_is_one_line_without_direction_marks(text: str, plain: str) -> None:
    assert show_plain(text) == plain


def test_a_field_sent_back_unchanged_is_no_change() -> None:
    for text in ("a\x00b", "two\nlines", "e\u0301", " x  y ", "a\u202eb"):
        assert clean_text(show_plain(clean_text(text))) == clean_text(text)


@pytest.mark.parametrize(
    ("name", "label"),
    [("donorName", "Donor name"), ("donor_name", "Donor name"), ("a.fullName", "Full name")],
)
def test_an_attribute_is_called_by_a_label(name: str, label: str) -> None:
    assert label_attribute(name) == label


def test_round_amounts_suit_the_unit() -> None:
    assert list_first_amounts(currency("CHF"))[0] == 1000
    assert list_first_amounts(currency("JPY"))[0] == 1000
    assert list_first_amounts(Measure("laps", "laps", PLAIN).unit)[0] == 10


def test_settings_are_read_from_the_environment() -> None:
    settings = CrewSettings.from_environment(
        GOOD | {"DISPLAY_URL": "http://x/", "JOURNAL_SUFFIX": "-log", "PUBLIC_URL": "https://x"}
    )
    assert (settings.display_url, settings.journal_suffix, settings.https) == (
        "http://x",
        "-log",
        True,
    )
    assert read_port({"PORT": "81"}) == 81


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"CREW_CODE": "abc"}, "CREW_CODE"),
        ({"CREW_SESSION_KEY": "short"}, "CREW_SESSION_KEY"),
    ],
)
def test_a_setting_that_is_not_safe_is_refused_by_name(
    environment: dict[str, str], name: str
) -> None:
    with pytest.raises(CrewSettingsError, match=f"^{name} has"):
        CrewSettings.from_environment(GOOD | environment)


@pytest.mark.parametrize("port", ["x", "0", "70000", "-1", "²"])
def test_an_invalid_port_is_refused(port: str) -> None:
    with pytest.raises(CrewSettingsError, match=r"^PORT is"):
        read_port({"PORT": port})
