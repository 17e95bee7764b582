"""Thanks in a board's file: for which gifts, and where the donor's words are."""

from pathlib import Path

import pytest

from aggregates.board import Thanks
from tests.aggregates.board_files import AMOUNT, load, refuse

TICKER = '[ticker]\nlength = 5\nattributes = ["amount", "name", "note"]'


def test_screens_thank_for_large_gifts_where_the_board_asks_for_it(tmp_path: Path) -> None:
    assert load(tmp_path, AMOUNT, TICKER).thanks is None
    board = load(tmp_path, AMOUNT, TICKER, "[thanks]\nleast = 100")
    assert board.thanks == Thanks(10_000, "name", None)
    board = load(tmp_path, AMOUNT, TICKER, '[thanks]\nleast = 0.5\ncomment = "note"')
    assert board.thanks == Thanks(50, "name", "note")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((TICKER, "[thanks]\nleast = 1"), "thanks: is for amounts, and the board has none"),
        ((AMOUNT, "[thanks]\nleast = 1"), "thanks: needs a [ticker] that lists amount"),
        ((AMOUNT, TICKER, "[thanks]"), "thanks.least: is missing; write the smallest amount"),
        ((AMOUNT, TICKER, "[thanks]\nleast = 0"), "thanks.least: has 0; write numbers above 0"),
        (
            (AMOUNT, TICKER, '[thanks]\nleast = 1\nname = "email"'),
            "thanks.name: is 'email', which the ticker does not list",
        ),
        ((AMOUNT, TICKER, "[thanks]\nmost = 1"), "thanks.most: is not a field of a board"),
    ],
)
def test_thanks_that_no_screen_could_show_are_refused(
    tmp_path: Path, parts: tuple[str, ...], message: str
) -> None:
    if message.startswith("thanks.most"):
        parts = (*parts[:-1], parts[-1] + "\nleast = 1")
    assert message in refuse(tmp_path, *parts)
