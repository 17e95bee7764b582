"""Only those parts of an item are shown that the board lists, approves and allows."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board, Ticker
from aggregates.board_file import load_board
from aggregates.contribution import contribution_reader
from aggregates.item import Image
from aggregates.shown import MAX_SHOWN_CHARACTERS, find_banned_word, shown_attributes
from tests.stream_events import donation

BOARD = load_board(Path(__file__).parents[2] / "boards/fundraiser.toml")
MISSING: dict[str, Any] = {}


def show_on(board: Board, image: Image) -> dict[str, Any] | None:
    contribution = contribution_reader(board)(image)
    assert contribution is not None
    return shown_attributes(board, image, contribution)


def show(image: Image, *attributes: str, **rules: Any) -> dict[str, Any] | None:
    return show_on(replace(BOARD, ticker=Ticker(12, attributes, **rules)), image)


def test_only_what_the_board_lists_is_shown_and_never_the_email_address() -> None:
    image = donation("d-1", amount="10.5") | {"name": {"S": "Ada"}}
    assert show_on(BOARD, image) == {"platform": "Facebook", "amount": 1050}
    assert show(image, "name") == {"name": "Ada"}


def test_a_summed_attribute_is_minor_units_and_another_number_is_its_text() -> None:
    image = donation("d-1", amount="10.50") | {"seat": {"N": "7.50"}}
    assert show(image, "amount", "seat") == {"amount": 1050, "seat": "7.50"}


def test_a_long_text_is_shown_by_its_beginning() -> None:
    longest = "é" * MAX_SHOWN_CHARACTERS
    assert show(donation("d-1") | {"note": {"S": longest}}, "note") == {"note": longest}
    shown = show(donation("d-1") | {"note": {"S": longest + "é" * 400_000}}, "note")
    assert shown == {"note": longest[:-1] + "…"}


@pytest.mark.parametrize(
    "value", [{"M": {}}, {"L": []}, {"SS": ["x"]}, {"B": "AAE="}, {"NULL": True}, MISSING], ids=str
)
def test_what_is_no_text_number_or_boolean_is_not_shown(value: dict[str, Any]) -> None:
    image = donation("d-1") | ({"note": value} if value else {}) | {"new": {"BOOL": False}}
    assert show(image, "note", "new") == {"new": False}


NAMED = donation("d-1", amount="10.50") | {"name": {"S": "Ada"}, "seat": {"N": "7"}}


@pytest.mark.parametrize(
    "approved",
    [{}, {"approved": {"BOOL": False}}, {"approved": {"S": "true"}}, {"approved": {"N": "1"}}],
    ids=str,
)
def test_what_a_person_wrote_is_left_out_until_it_is_approved(approved: dict[str, Any]) -> None:
    listed = ("name", "platform", "seat", "donatedAt", "amount")
    shown = {"platform": "Facebook", "donatedAt": "2026-11-21T19:04:11Z", "amount": 1050}
    assert show(NAMED | approved, *listed, show_if="approved") == shown
    yes = {"approved": {"BOOL": True}}
    everything = shown | {"name": "Ada", "seat": "7"}
    assert show(NAMED | yes, *listed, show_if="approved") == everything


@pytest.mark.parametrize(
    "text",
    [
        "what the darn",
        "DARN!",
        "ｄａｒｎ it",
        "da\u200brn",
        "(darn)",
        "x" * MAX_SHOWN_CHARACTERS + " darn",
    ],
)
def test_an_item_with_a_word_that_is_never_shown_has_none_of_its_texts(text: str) -> None:
    image = NAMED | {"note": {"S": text}}
    never = ("darn", "蠢货", "two words")
    assert show(image, "name", "note", "amount", never=never) == {"amount": 1050}
    assert find_banned_word(text, never) == "darn"


@pytest.mark.parametrize("text", ["", "darning socks", "undarn", "Cassandra", "two  other words"])
def test_a_word_is_a_whole_word(text: str) -> None:
    assert find_banned_word(text, ("darn", "ass", "two words")) == ""


def test_a_word_of_a_script_without_blanks_is_found_within_a_sentence() -> None:
    assert find_banned_word("你这个蠢货啊", ("蠢货",)) == "蠢货"
    assert find_banned_word("Two \u00a0 WORDS", ("two words",)) == "two words"


def test_an_item_below_the_least_amount_is_not_shown() -> None:
    assert show(donation("d-1", amount="4.99"), "amount", least_minor=500) is None
    assert show(donation("d-1", amount="5"), "amount", least_minor=500) == {"amount": 500}
