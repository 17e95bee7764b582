"""Where to give, until when, and matching promises in a board's file."""

import pytest

from aggregates.board_file import BoardError, load_board
from aggregates.give import NO_GIVE, Match
from tests.aggregates.small_board import Write
from tests.aggregates.small_board import write as write
from webapp.board_json import encode_board


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://www.example.org/give/", "example.org/give"),
        ("http://gala.example:8080", "gala.example:8080"),
        ("https://example.org/give?to=gala", None),
        ("https://example.org/" + 40 * "x", None),
        ("https://[", None),
    ],
)
def test_a_short_link_is_told_as_a_person_types_it(
    write: Write, url: str, address: str | None
) -> None:
    assert load_board(write(f'donate_url = "{url}"')).give.address == address


def test_times_are_in_the_boards_zone_and_decide_nothing_of_what_counts(write: Write) -> None:
    plain = load_board(write('time = "at"\ntime_zone = "Europe/Zurich"'))
    board = load_board(
        write(
            'time = "at"\ntime_zone = "Europe/Zurich"\ndonate_address = "give.example"\n'
            "ends = 2026-11-21T23:00:00\n"
            '[match]\ntext = "Every gift is doubled"\nuntil = 2026-11-21T21:00:00'
        )
    )
    told = encode_board(board)
    assert told["donate_address"] == "give.example"
    assert told["ends"] == "2026-11-21T22:00:00.000Z"
    assert told["match"] == {"text": "Every gift is doubled", "until": "2026-11-21T20:00:00.000Z"}
    assert (plain.give, plain.definition) == (NO_GIVE, board.definition)
    until_taken_off = load_board(write('[match]\ntext = "Doubled"'))
    assert until_taken_off.give.match == Match("Doubled")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('ends = "soon"', "ends: is 'soon'; write a date and time"),
        ("[match]\nuntil = 2026-11-21", "match.text: is missing"),
        (f'[match]\ntext = "{"x" * 81}"', "match.text"),
        (f'donate_address = "{"x" * 41}"', "write at most 40 characters"),
        ('[match]\ntext = "x"\nfactor = 2', "match.factor: is not a field of a board"),
    ],
)
def test_a_mistake_names_the_field(write: Write, text: str, message: str) -> None:
    with pytest.raises(BoardError) as refused:
        load_board(write(text))
    assert message in str(refused.value)
