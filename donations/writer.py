"""Writes donations exactly once: every write has a condition on what the table holds.

`client` is boto3's DynamoDB client. If a reply is lost, boto3 repeats the write and finds the item
that it wrote itself: that counts as written, not as a conflict.
"""

from typing import Any

from botocore.exceptions import ClientError

from aggregates.board import Board
from donations.errors import DonationError
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
            ConditionExpression="attribute_not_exists(#k)",
            ExpressionAttributeNames={"#k": board.key[0]},
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
    names, values = {"#k": board.key[0]}, Item()
    conditions, puts, removals = ["attribute_exists(#k)"], [], []
    for number, name in enumerate(sorted({*old, *new})):
        if old.get(name) == new.get(name):
            continue
        names[f"#a{number}"] = name
        if name in old:
            values[f":o{number}"] = old[name]
            conditions.append(f"#a{number} = :o{number}")
        else:
            conditions.append(f"attribute_not_exists(#a{number})")
        if name in new:
            values[f":n{number}"] = new[name]
            puts.append(f"#a{number} = :n{number}")
        else:
            removals.append(f"#a{number}")
    if not puts and not removals:
        return
    put, removal = f"SET {', '.join(puts)} " if puts else "", ""
    if removals:
        removal = f"REMOVE {', '.join(removals)}"
    try:
        client.update_item(
            TableName=board.table,
            Key={name: old[name] for name in board.key},
            UpdateExpression=put + removal,
            ConditionExpression=" AND ".join(conditions),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != _CONFLICT:
            raise
        found = _read(client, board, old)
        changed = [name for alias, name in names.items() if alias != "#k"]
        if not found or not is_same(_pick(found, changed), _pick(new, changed)):
            text = _describe_conflict(board, old, "was changed or removed in the meantime")
            raise ConflictError(text, found or None) from None


def remove_item(client: Any, board: Board, old: Item) -> None:
    """Remove an item that is still as it was read; if it is already gone, do nothing.

    Raises `ConflictError` if it was changed in the meantime, and boto3's errors.
    """
    condition, names, values = _require(old, board)
    try:
        client.delete_item(
            TableName=board.table,
            Key={name: old[name] for name in board.key},
            ConditionExpression=f"attribute_not_exists(#k) OR ({condition})",
            ExpressionAttributeNames={**names, "#k": board.key[0]},
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != _CONFLICT:
            raise
        raise ConflictError(
            _describe_conflict(board, old, "was changed in the meantime"), None
        ) from None


def _pick(item: Item, names: list[str]) -> Item:
    return {name: item[name] for name in names if name in item}


def _read(client: Any, board: Board, item: Item) -> Item:
    key = {name: item[name] for name in board.key}
    found: Item = client.get_item(TableName=board.table, Key=key, ConsistentRead=True).get(
        "Item", {}
    )
    return found


def _require(item: Item, board: Board) -> tuple[str, dict[str, str], Item]:
    """Return the condition that every attribute is as in `item`, with its names and values."""
    # The key needs no condition. An expression may have 4 KB: about 200 attributes.
    attributes = [name for name in item if name not in board.key] or [board.key[0]]
    names = {f"#a{number}": name for number, name in enumerate(attributes)}
    values = {f":v{number}": item[name] for number, name in enumerate(attributes)}
    condition = " AND ".join(f"#a{number} = :v{number}" for number in range(len(attributes)))
    return condition, names, values


def _describe_conflict(board: Board, item: Item, what: str) -> str:
    key = ", ".join(str(next(iter(item[name].values()))) for name in board.key)
    return f"the donation {key} {what}; check it, and try again if it is still needed"
