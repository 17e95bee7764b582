"""Groups in a board's file; a name that no item can have is refused."""

from pathlib import Path

import pytest

from aggregates.board import Groups
from tests.aggregates.board_files import load, refuse


def test_groups_are_read_as_they_are_written_and_known_ones_keep_their_order(
    tmp_path: Path,
) -> None:
    board = load(
        tmp_path,
        '[groups]\nmissing = "None"\nuntil = "."\nothers = "Other"',
        'known = ["Web", " Cafe\u0301 "]',
    )
    assert board.groups == Groups("None", False, ".", ("Web", "Café"), "Other")
    assert board.known_groups == ("Web", "Café")


def test_groups_may_compete_and_other_choices_are_left_out(tmp_path: Path) -> None:
    text = '[groups]\nskip_missing = true\nskip_others = true\ncontest = true\nknown = ["A", "B"]'
    groups = load(tmp_path, text).groups
    assert groups.skip_others
    assert groups.is_contest


def test_items_without_a_group_may_be_left_out(tmp_path: Path) -> None:
    assert load(tmp_path, "[groups]\nskip_missing = true").groups == Groups(skip_missing=True)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('missing = "Other"\nskip_missing = true', "contradicts `missing`"),
        ('missing = "ALL"', 'groups.missing: is "ALL", the name that stands for all groups'),
        ('missing = "\\u200b"', "groups.missing: has '\\u200b'; write a group's name"),
        ('missing = " "', "groups.missing: is empty"),
        ('until = ""', "groups.until: is empty"),
        ('others = "Other"', "groups.others: needs `known`"),
        ("skip_others = true", "groups.skip_others: needs `known`"),
        ('known = ["A"]\nothers = "B"\nskip_others = true', "leaves out what `others` gives"),
        ("known = []", "groups.known: has 0 groups"),
        ('known = "Phone"', "groups.known: is 'Phone'; write a list of groups"),
        ("known = [1]", "groups.known: has 1; write a group's name"),
        ('known = ["Phone", "ALL"]', 'groups.known: is "ALL"'),
        ('known = ["Phone", " PHONE"]', "has 'Phone' and 'PHONE', which are the same group"),
        (
            'known = ["RED.3"]\nuntil = "."',
            "has 'RED.3', which no item can have; a group ends before",
        ),
        (f'known = ["{"x" * 201}"]', "groups.known: has a name of 201 characters"),
        ('unknown = "x"', "groups.unknown: is not a field of a board; did you mean 'known'?"),
    ],
)
def test_a_group_that_no_item_could_have_is_refused(
    tmp_path: Path, lines: str, message: str
) -> None:
    assert message in refuse(tmp_path, "[groups]", lines)
