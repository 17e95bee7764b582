"""What is written in a board's table."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from aggregates.board import Board
from donations.item import Item


def read_items(dynamodb: Any, board: Board) -> Iterator[Item]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=board.table, ConsistentRead=True):
        yield from page["Items"]


def read_item(dynamodb: Any, board: Board, name: str = "stripe:pi_1") -> Item | None:
    key = {board.key[0]: {"S": name}}
    found = dynamodb.get_item(TableName=board.table, Key=key, ConsistentRead=True)
    item: Item | None = found.get("Item")
    return item


def read_cents(dynamodb: Any, board: Board) -> dict[str, int]:
    """Return the amounts of the board's table in cents, by id."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=board.table, ConsistentRead=True)
    items = [item for page in pages for item in page["Items"]]
    return {item[board.key[0]]["S"]: int(Decimal(item["amount"]["N"]) * 100) for item in items}
