import pytest
from redis.crc import key_slot

from aggregates.keys import BoardKeys, board_keys


@pytest.mark.parametrize("board", ["fundraiser", "a", "spring-gala_2026", "x" * 63])
def test_all_keys_of_a_board_share_one_hash_slot(board: str) -> None:
    assert {key_slot(key.encode()) for key in board_keys(board)} == {key_slot(board.encode())}


def test_every_key_is_named_for_what_it_holds() -> None:
    keys = board_keys("fundraiser")
    assert keys._asdict() == {part: f"tally:{{fundraiser}}:{part}" for part in BoardKeys._fields}


def test_two_boards_share_no_key() -> None:
    assert not set(board_keys("spring")) & set(board_keys("autumn"))
