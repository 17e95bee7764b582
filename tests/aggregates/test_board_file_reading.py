"""A file of a board that cannot be read is refused with its place; ticker and sums have limits."""

import os
import re
from pathlib import Path

import pytest

from aggregates.board import (
    Ticker,
)
from aggregates.board_file import load_board, read_boards
from tests.aggregates.fundraiser_file import GOOD, Write, change, refusal


def test_a_ticker_says_what_it_shows_and_that_is_no_part_of_counting(write: Write) -> None:
    plain = load_board(write(change("length = 12", "length = 12")))
    rules = 'length = 12\nshow_if = "approved"\nleast = 5\nnever = ["darn"]'
    board = load_board(write(change("length = 12", rules)))
    listed = ("platform", "amount")
    assert board.ticker == Ticker(12, listed, "approved", 500, ("darn",))
    assert board.definition == plain.definition


def test_a_ticker_without_a_time_says_what_to_add(write: Write) -> None:
    text = change('time = "donatedAt"\n', "").replace("[timeline]\nbucket_seconds = 60\n", "")
    assert refusal(write(text)) == ('ticker: needs the items\' time; add time = "ATTRIBUTE"')


def test_a_unit_that_is_almost_a_currency_is_answered_with_those_it_may_be(write: Write) -> None:
    assert refusal(write(change('"USD"', '"EURO"'))).endswith("; did you mean EUR?")


def test_a_board_has_at_most_eight_sums(write: Write) -> None:
    sums = "".join(f'[measures.m{i}]\nattribute = "m{i}"\n' for i in range(9))
    assert refusal(write(GOOD + sums)) == "measures: has 10 sums; a board has at most 8"


@pytest.mark.parametrize(
    "name", ["Gala.toml", "2026.toml", "gala night.toml", "{gala}.toml", f"{'x' * 64}.toml"]
)
def test_a_file_name_that_cannot_be_a_boards_name_is_refused(write: Write, name: str) -> None:
    assert refusal(write(name=name)) == (
        "the file's name is the board's name: use small letters, digits, - and _,"
        " begin with a letter, at most 63 characters"
    )


@pytest.mark.parametrize("text", ["title = Gala", "{}", "title = 1\ntitle = 2\n"])
def test_what_is_not_toml_is_refused_with_the_place(write: Write, text: str) -> None:
    assert re.match(r"is not TOML: .* \(at (line \d|end of document)", refusal(write(text)))


def test_what_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gala.toml"
    path.write_bytes(b'title = "\xff"')
    assert refusal(path).startswith("is not TOML: ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gala.toml") == "cannot be read: No such file or directory"


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gala.toml"
    path.mkdir()
    assert refusal(path) == "cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = " + "[" * 100_000, "is nested too deeply"),
        ("title = " + "9" * 5_000, "is not TOML: "),
        (change("target = 1000", f"target = 0x{'f' * 5_000}"), "has a value too large to print"),
        (change("target = 1000", f"target = {'9' * 4_000}"), "goal.target: has 9999"),
        ("#" * 300_000, "has more than 262,144 bytes, too many for a board"),
    ],
    ids=["deep", "huge number", "huge hexadecimal number", "large number", "huge file"],
)
def test_a_file_that_would_exhaust_the_reader_is_refused_in_one_line(
    write: Write, text: str, message: str
) -> None:
    refused = refusal(write(text))
    assert message in refused
    assert "\n" not in refused
    assert len(refused) < 400


@pytest.mark.timeout(10)
def test_what_is_no_regular_file_is_refused_and_not_read(tmp_path: Path) -> None:
    endless, pipe = tmp_path / "endless.toml", tmp_path / "pipe.toml"
    endless.symlink_to("/dev/zero")
    os.mkfifo(pipe)
    for path in (endless, pipe):
        assert refusal(path) == "is not a regular file; a board is a text file"


def test_the_mark_that_an_editor_puts_first_is_no_part_of_the_text(write: Write) -> None:
    assert load_board(write("\ufeff" + GOOD)).title == "Gala"


def test_a_link_too_long_for_a_page_is_refused(write: Write) -> None:
    url = "https://example.org/" + "x" * 2_000
    assert refusal(write(f'donate_url = "{url}"\n' + GOOD)) == (
        "donate_url: has 2,020 characters; write an address of at most 2,000"
    )


@pytest.mark.parametrize("shown", [1, 200])
def test_a_board_says_how_many_groups_are_shown(write: Write, shown: int) -> None:
    assert load_board(write(f"shown = {shown}\n" + GOOD)).shown == shown
    assert load_board(write()).shown == 50


@pytest.mark.parametrize("shown", [0, 201, '"all"', "true"])
def test_more_groups_than_a_message_can_have_are_refused(write: Write, shown: object) -> None:
    assert "write a whole number from 1 to 200" in refusal(write(f"shown = {shown}\n" + GOOD))


def test_groups_are_ordered_by_the_first_sum_or_by_their_items(write: Write) -> None:
    assert load_board(write()).rank_measure == "amount"
    assert load_board(write(GOOD[: GOOD.index("time =")])).rank_measure == "count"


def test_a_file_that_cannot_be_used_leaves_the_others_alone(write: Write) -> None:
    good, bad = write(name="good.toml"), write(change("title", "tilte"), name="bad.toml")
    gone, clash = good.parent / "gone.toml", write(change("donationId", "id"), name="key.toml")
    boards, errors = read_boards(f"{bad},{good},{gone},{clash}")
    assert list(boards) == ["good"]
    assert [str(error).partition(": ")[0] for error in errors] == [
        str(bad),
        str(gone),
        str(clash),
    ]


def test_no_board_at_all_is_an_error_of_its_own() -> None:
    boards, [error] = read_boards("")
    assert boards == {}
    assert str(error).startswith("BOARDS='' holds no board")
