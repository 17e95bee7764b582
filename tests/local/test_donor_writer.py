import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from aggregates.board import Board
from local.donor_writer import DonorWriter
from local.donors import draw_donation
from local.dynamodb import create_table

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


def test_the_past_is_in_the_table_as_it_was_drawn(
    dynamodb: Any, make_board: Callable[..., Board]
) -> None:
    board = make_board()
    create_table(dynamodb, board)
    donations = [draw_donation(Random(seed), NOW) for seed in range(60)]
    said: list[str] = []
    writer = DonorWriter(dynamodb, board, said.append)
    writer.write_history(donations, threading.Event())
    found = dynamodb.scan(TableName=board.table, ConsistentRead=True)["Items"]
    [key] = board.key
    assert {item[key]["S"] for item in found} == {d.donation_id for d in donations}
    assert writer.describe().startswith("60 given")
    assert said == []


def test_a_past_that_cannot_be_written_is_told_and_ends_nothing(
    dynamodb: Any, make_board: Callable[..., Board]
) -> None:
    said: list[str] = []
    writer = DonorWriter(dynamodb, replace(make_board(), table="missing"), said.append)
    writer.write_history([draw_donation(Random(1), NOW)], threading.Event())
    [line] = said
    assert "could not be written" in line
