from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board
from aggregates.board_file import load_board
from aggregates.keys import board_keys
from local.totals import describe_group, format_table, read_totals

BOARD = load_board(Path(__file__).parents[2] / "boards" / "fundraiser.toml")
TOTALS = {
    "ALL": {"count": 1203, "amount": 222_279_052},
    "Phone": {"count": 3, "amount": 500},
    "Web": {"count": 1200, "amount": 222_278_552},
}


def test_the_table_has_the_largest_group_first_and_all_last() -> None:
    assert format_table(TOTALS, BOARD).splitlines() == [
        "platform  count    amount USD",
        "Web       1,200  2,222,785.52",
        "Phone         3          5.00",
        "ALL       1,203  2,222,790.52",
    ]


def test_a_group_is_described_in_words_also_when_it_has_nothing() -> None:
    assert describe_group(TOTALS, "Phone", BOARD) == "Phone: 3, amount 5.00 USD"
    assert describe_group(TOTALS, "Fax", BOARD) == "Fax: 0, amount 0.00 USD"


@pytest.mark.redis
def test_totals_are_read_as_redis_holds_them(redis: Redis, board: Board) -> None:
    fields: dict[Any, Any] = {"ALL:count": 1, "ALL:amount": 5, "a:b:count": 1, "a:b:amount": 5}
    redis.hset(board_keys(board.name).totals, mapping=fields)
    assert read_totals(redis, board) == {
        "ALL": {"count": 1, "amount": 5},
        "a:b": {"count": 1, "amount": 5},
    }


@pytest.mark.redis
def test_a_board_without_keys_has_zeros(redis: Redis, make_board: Callable[..., Board]) -> None:
    assert read_totals(redis, make_board()) == {"ALL": {"count": 0, "amount": 0}}
