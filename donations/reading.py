"""Reads donations back from a board's table. `client` is boto3's DynamoDB client."""

import threading
from collections.abc import Iterator
from typing import Any

from aggregates.board import Board
from donations.donation import Donation, from_item
from donations.errors import Stopped
from donations.item import Item


def read_items(client: Any, board: Board, stop: threading.Event) -> Iterator[Item]:
    """Yield all items of a board's table, page by page. Raises boto3's errors and `Stopped`."""
    pages = client.get_paginator("scan").paginate(TableName=board.table, ConsistentRead=True)
    for page in pages:
        if stop.is_set():
            raise Stopped
        yield from page["Items"]


def read_item(client: Any, board: Board, *key: str) -> Item | None:
    """Return the current item with a key; None if there is none."""
    texts = {name: {"S": text} for name, text in zip(board.key, key, strict=True)}
    reply = client.get_item(TableName=board.table, Key=texts, ConsistentRead=True)
    item: Item | None = reply.get("Item")
    return item


def read_donation(client: Any, board: Board, donation_id: str) -> Donation | None:
    """Return the donation with an id; None if there is none or the board leaves it out.

    Raises `DonationError` for an item that the board cannot count.
    """
    item = read_item(client, board, donation_id)
    return None if item is None else from_item(board, item)
