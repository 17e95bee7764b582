"""Gifts that are written at a constant rate, changed, and counted by a board of their own."""

import itertools
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from aggregates.board import Board
from aggregates.board_file import load_board

LARGE = 1_000
_BOARD = """
title = "Gifts"
table = "{name}"
key = "giftId"
group_by = "platform"
[measures.amount]
attribute = "amount"
unit = "USD"
[where]
status = "paid"
"""


def load_gifts(folder: Path) -> Board:
    """Return a board of a table that does not exist yet; its drafts do not count."""
    name = f"gifts-{secrets.token_hex(4)}"
    file = folder / f"{name}.toml"
    file.write_text(_BOARD.format(name=name), "utf-8")
    return load_board(file)


class Gifts:
    """Writes into the table of a board; `large` is how often a gift became large.

    `note` is called with the key of each new gift before it is written.
    """

    def __init__(
        self, board: Board, dynamodb: Any, rate: float, note: Callable[[str], None]
    ) -> None:
        self._board, self._dynamodb = board, dynamodb
        self._rate, self._note = rate, note
        self.large = 0

    def write(self, stop: threading.Event) -> None:
        """Write gifts at a constant rate; among them changes, and drafts that come and go."""
        random, began = Random(11), time.monotonic()
        amounts: list[int] = []
        for number in itertools.count():
            if stop.wait(max(0.0, began + number / self._rate - time.monotonic())):
                return
            amount = random.choice((5, 25, 50, 2_500))
            self.large += amount >= LARGE
            amounts.append(amount)
            key = f"gift-{number:06}"
            self._note(key)
            self._put(key, amount, "paid")
            changed = random.randrange(len(amounts))
            if random.random() < 0.2:
                amount = random.choice((10, 3_000))
                self.large += amount >= LARGE > amounts[changed]
                amounts[changed] = amount
                self._put(f"gift-{changed:06}", amount, "paid")
            if random.random() < 0.2:
                self._put("draft", 1, "draft")
            elif random.random() < 0.2:
                self._dynamodb.delete_item(
                    TableName=self._board.table, Key={self._board.key[0]: {"S": "draft"}}
                )

    def _put(self, key: str, amount: int, status: str) -> None:
        item = {
            self._board.key[0]: {"S": key},
            "platform": {"S": "Phone"},
            "amount": {"N": str(amount)},
            "status": {"S": status},
        }
        self._dynamodb.put_item(TableName=self._board.table, Item=item)
