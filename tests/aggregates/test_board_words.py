"""A board's own words, and what happens at its milestones."""

import pytest

from aggregates.board_file import BoardError, load_board
from aggregates.words import Words
from tests.aggregates.small_board import Write
from tests.aggregates.small_board import write as write
from webapp.board_json import encode_board, encode_goal

GOAL = '[measures.amount]\nattribute = "amount"\nunit = "USD"\n[goal]\nmeasure = "amount"\n'


def test_words_are_told_as_they_are_written(write: Write) -> None:
    board = load_board(
        write('[words]\nitem = ["vote", "votes"]\ngroup = "Team"\nheadings = {latest = "Just in"}')
    )
    assert board.words == Words(
        (("one", "vote"), ("other", "votes")), "Team", (("latest", "Just in"),)
    )
    assert encode_board(board)["words"] == {
        "item": {"one": "vote", "other": "votes"},
        "group": "Team",
        "headings": {"latest": "Just in"},
    }
    assert load_board(write("")).definition == board.definition


def test_a_language_may_have_more_plurals(write: Write) -> None:
    item = '{one = "głos", few = "głosy", many = "głosów", other = "głosu"}'
    board = load_board(write(f"[words]\nitem = {item}"))
    assert dict(board.words.item)["few"] == "głosy"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ('item = "vote"', 'write the words for one and for many: ["vote", "votes"]'),
        ('item = ["vote"]', "write the words for one and for many"),
        ('item = ["vote", ""]', "words.item: is ''; write text in quotes"),
        ('item = {one = "vote"}', "words.item: has no `other`"),
        ('item = {plural = "votes", other = "x"}', "words.item.plural: is not a field"),
        ('group = "a\\nb"', "words.group: is 'a\\nb'; write text"),
        (f'group = "{"x" * 61}"', "at most 60 characters"),
        ('headings = {bars = "x"}', "words.headings.bars: is not a field"),
        ('items = ["a", "b"]', "words.items: is not a field of a board; did you mean 'item'?"),
    ],
)
def test_a_mistake_in_the_words_is_named(write: Write, words: str, message: str) -> None:
    with pytest.raises(BoardError) as refused:
        load_board(write(f"[words]\n{words}"))
    assert message in str(refused.value)


def test_milestones_may_have_names_beside_plain_numbers(write: Write) -> None:
    steps = '[{at = 500, name = "Pie in the face"}, 750, {at = 800}]'
    board = load_board(write(f'{GOAL}target = 1000\nname = "A new roof"\nmilestones = {steps}'))
    assert board.goal is not None
    assert board.goal.milestones_minor == (50_000, 75_000, 80_000)
    names = {50_000: "Pie in the face", 100_000: "A new roof"}
    told = encode_goal(board, {})
    assert told is not None
    assert told["names"] == names
    plain = load_board(write(f"{GOAL}target = 1000\nmilestones = [500, 750, 800]"))
    assert plain.definition == board.definition


@pytest.mark.parametrize(
    ("milestones", "message"),
    [
        ('[{name = "Pie"}]', "goal.milestones: has {'name': 'Pie'} without `at`"),
        ('[{at = 5, title = "Pie"}]', "goal.milestones: has 'title'; write {at = 50_000"),
        ("[{at = 5, name = 7}]", "goal.milestones: has the name 7; write text in quotes"),
        ('[{at = 5, name = " "}]', "goal.milestones: has the name ' '"),
        ('[{at = 5, name = "a"}, {at = 4, name = "b"}]', "must rise, each above the one before"),
    ],
)
def test_a_mistake_in_a_milestone_is_named(write: Write, milestones: str, message: str) -> None:
    with pytest.raises(BoardError) as refused:
        load_board(write(f"{GOAL}target = 1000\nmilestones = {milestones}"))
    assert message in str(refused.value)


@pytest.mark.parametrize("tag", ["de", "fr-CH", "zh-Hant-TW", "es-419", "pt_BR"])
def test_a_board_may_say_its_language_which_counts_nothing_otherwise(
    write: Write, tag: str
) -> None:
    board = load_board(write(f'language = "{tag}"'))
    assert board.language == tag.replace("_", "-")
    assert board.definition == load_board(write("")).definition


@pytest.mark.parametrize("text", ["German", "d", "de-", "", "de CH", "12"])
def test_what_is_no_tag_of_a_language_is_said(write: Write, text: str) -> None:
    with pytest.raises(BoardError, match=r'language: is .*write one such as "de"'):
        load_board(write(f'language = "{text}"'))
