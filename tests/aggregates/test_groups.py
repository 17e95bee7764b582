"""The group of an item: spellings that look the same to a reader have one name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregates.board import Groups
from aggregates.contribution import Rejected
from aggregates.groups import MAX_GROUP_CHARACTERS, clean_group, group_reader

PLAIN = Groups()


def group_of(value: dict[str, Any] | None, groups: Groups = PLAIN) -> str | None:
    return group_reader("platform", groups)({} if value is None else {"platform": value})


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("Cafe\u0301", "Café"),
        ("  Red  ", "Red"),
        ("Red\t \u00a0Team\n", "Red Team"),
        ("Re\u200bd", "Red"),
        ("\u202eRed\u202c", "Red"),
        ("Re\x00d\x7f", "Red"),
        ("Re\u00add", "Red"),
        ("Red\ue000", "Red"),
        ("Red\ud800", "Red"),
        ("Red\ufe0f", "Red"),
        ("Red\u3164\u2800", "Red"),
        ("a \u200b b", "a b"),
        ("❤️ Heart", "❤️ Heart"),
        ("🎁 Café", "🎁 Café"),
        ("__proto__", "__proto__"),
        ("<b>", "<b>"),
    ],
    ids=ascii,
)
def test_spellings_that_look_the_same_are_one_group(text: str, group: str) -> None:
    assert group_of({"S": text}) == group


@pytest.mark.parametrize(
    "text", ["", "  ", "\u200b", "\u2800", "\u3164", "\u115f", "\U000e0041", "\ud800", "\ufe0f"]
)
def test_a_group_of_which_nothing_is_seen_is_none(text: str) -> None:
    with pytest.raises(Rejected, match=r"^platform is empty$"):
        group_of({"S": text})
    assert group_of({"S": text}, Groups(missing="Other")) == "Other"


@given(st.text(max_size=300))
def test_a_cleaned_group_is_clean_and_can_be_sent(text: str) -> None:
    group = clean_group(text)
    assert clean_group(group) == group
    assert group.encode().decode() == group
    assert group == group.strip()


@pytest.mark.parametrize("value", [None, {"NULL": True}, {"S": ""}])
def test_items_without_a_group_count_in_the_one_that_the_board_names(
    value: dict[str, Any] | None,
) -> None:
    assert group_of(value, Groups(missing="Other")) == "Other"
    assert group_of(value, Groups(skip_missing=True)) is None


def test_a_group_ends_where_the_board_says() -> None:
    groups = Groups(until=".")
    assert group_of({"S": "RED.3"}, groups) == "RED"
    assert group_of({"S": "RED"}, groups) == "RED"
    assert group_of({"S": "RED ." + "x" * 400_000}, groups) == "RED"
    assert group_of({"S": ".3"}, Groups(until=".", missing="Other")) == "Other"


KNOWN = Groups(known=("Phone", "Web Site"), others="Other")


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("Phone", "Phone"),
        (" PHONE ", "Phone"),
        ("web  site", "Web Site"),
        ("Website", "Other"),
        ("ALL", "Other"),
        ("x" * 300, "Other"),
    ],
    ids=lambda text: text[:10],
)
def test_a_known_group_is_spelled_as_the_board_spells_it(text: str, group: str) -> None:
    assert group_of({"S": text}, KNOWN) == group


def test_a_group_that_is_not_known_is_rejected_where_there_is_none_for_others() -> None:
    with pytest.raises(Rejected) as raised:
        group_of({"S": "jane@example.org"}, Groups(known=("Phone", "Web")))
    assert raised.value.describe(()) == (
        "platform is not a group of this board; the board knows Phone, Web"
    )


def test_another_choice_may_be_left_out_as_a_missing_one_is() -> None:
    groups = Groups(known=("Red",), skip_missing=True, skip_others=True)
    assert group_of({"S": "red"}, groups) == "Red"
    assert group_of({"S": "Green"}, groups) is None
    assert group_of(None, groups) is None
    # What is missing may still have a group of its own.
    assert group_of({"S": "Green"}, Groups("None", known=("Red",), skip_others=True)) is None
    assert group_of(None, Groups("None", known=("Red",), skip_others=True)) == "None"


def test_a_groups_attribute_may_be_within_a_map() -> None:
    read = group_reader("source.name", Groups())
    assert read({"source": {"M": {"name": {"S": "Web"}}}}) == "Web"
    assert read({"source.name": {"S": "literal"}, "source": {"M": {}}}) == "literal"
    with pytest.raises(Rejected, match=r"^source\.name is missing$"):
        read({"source": {"S": "Web"}})


def test_a_group_as_long_as_can_be_shown_counts_and_a_longer_one_is_rejected() -> None:
    assert group_of({"S": f" {'x' * MAX_GROUP_CHARACTERS} "}) == "x" * MAX_GROUP_CHARACTERS
    with pytest.raises(Rejected, match="has 201 characters"):
        group_of({"S": "x" * (MAX_GROUP_CHARACTERS + 1)})
