"""Writes donations exactly once: every write has a condition on what the table holds.

`client` is boto3's DynamoDB client. If a reply is lost, boto3 repeats the write and finds the item
that it wrote itself: that counts as written, not as a conflict.
"""

from typing import Any

from botocore.exceptions import ClientError

from aggregates.board import Board
from donations.errors import DonationError
from donations.expressions import (
    are_alike,
    find_changes,
    make_update,
    require_absent,
    require_same,
)
from donations.item import Item
from donations.table_item import is_same

_CONFLICT = "ConditionalCheckFailedException"


class ConflictError(DonationError):
    """The table's item differs from what the writer had read; `found` is that item, if any."""

    def __init__(self, text: str, found: Item | None) -> None:
        super().__init__(text)
        self.found = found


def put_new(client: Any, board: Board, item: Item) -> bool:
    """Write a new item; return False if an equal one is already there.

    Raises `ConflictError` if a different item has its key, and boto3's errors.
    """
    try:
        client.put_item(
            TableName=board.table,
            Item=item,
            **require_absent(board.key),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != _CONFLICT:
            raise
    else:
        return True
    found = _read(client, board, item)
    if is_same(found, item):
        return False
    raise ConflictError(_describe_conflict(board, item, "already exists with other values"), found)


def update_item(client: Any, board: Board, old: Item, new: Item) -> None:
    """Write the attributes that differ between `old`, as it was read, and `new`; keep the key.

    Raises `ConflictError` if others changed the same attributes in the meantime; their changes of
    other attributes stay. Raises boto3's errors.
    """
    changes = find_changes(old, new)
    if not changes:
        return
    key = {name: old[name] for name in board.key}
    update = make_update(board.key, old, changes, judged=changes)
    try:
        client.update_item(TableName=board.table, Key=key, **update)
    except ClientError as error:
        if error.response["Error"]["Code"] != _CONFLICT:
            raise
        found = _read(client, board, old)
        if not found or not are_alike(found, new, changes):
            text = _describe_conflict(board, old, "was changed or removed in the meantime")
            raise ConflictError(text, found or None) from None


def remove_item(client: Any, board: Board, old: Item) -> None:
    """Remove an item that is still as it was read; if it is already gone, do nothing.

    Raises `ConflictError` if it was changed in the meantime, and boto3's errors.
    """
    key = {name: old[name] for name in board.key}
    # An expression may have 4 KB: about 200 attributes.
    condition = require_same(board.key, old)
    expected = condition.pop("ConditionExpression")
    try:
        client.delete_item(
            TableName=board.table,
            Key=key,
            ConditionExpression=f"attribute_not_exists(#key) OR ({expected})",
            **condition,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != _CONFLICT:
            raise
        raise ConflictError(
            _describe_conflict(board, old, "was changed in the meantime"), None
        ) from None


def _read(client: Any, board: Board, item: Item) -> Item:
    key = {name: item[name] for name in board.key}
    found: Item = client.get_item(TableName=board.table, Key=key, ConsistentRead=True).get(
        "Item", {}
    )
    return found


def _describe_conflict(board: Board, item: Item, what: str) -> str:
    key = ", ".join(str(next(iter(item[name].values()))) for name in board.key)
    return f"the donation {key} {what}; check it, and try again if it is still needed"
