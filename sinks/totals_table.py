"""A board's totals in another DynamoDB table. Every write says what it may replace."""

from typing import Any

from botocore.exceptions import ClientError

from aggregates.board import ALL
from aggregates.message import Sums
from donations.side_table import create_side_table
from sinks.totals_errors import TotalsError
from sinks.totals_items import IS_NEWER, IS_NOT_OLDER, NAMES, Item, Items, Stamp, Told, tell

# Another writer's word that the figures are live is kept until it ends.
_MAY_TELL = "attribute_not_exists(#live_until) OR #live_until < :told_at OR #writer = :writer"


class TotalsTable:
    """A totals table. `client` is a boto3 client, which threads may share."""

    def __init__(self, client: Any, name: str, items: Items) -> None:
        self._client, self.name, self._items = client, name, items

    def open(self) -> None:
        """Create the table unless it exists. Raises `TotalsError` if its key is another.

        For a table that exists, no right to create one is needed.
        """
        try:
            table = self._client.describe_table(TableName=self.name)["Table"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            create_side_table(self._client, self.name, (self._items.key,))
            table = self._client.describe_table(TableName=self.name)["Table"]
        key = [part["AttributeName"] for part in table["KeySchema"]]
        kinds = {
            one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]
        }
        if key != [self._items.key] or kinds[self._items.key] != "S":
            raise TotalsError(
                f"the table {self.name} has the key {' and '.join(key)}, a totals table needs the"
                f" text {self._items.key} alone: change the sink's key, or name another table"
            )

    def read(self) -> dict[str, tuple[str, Sums]]:
        """Return the epoch and the sums of every group. Raises `TotalsError` for other items."""
        found: dict[str, tuple[str, Sums]] = {}
        pages = self._client.get_paginator("scan").paginate(
            TableName=self.name, ConsistentRead=True
        )
        for page in pages:
            for item in page["Items"]:
                try:
                    group, epoch, sums = self._items.read_group(item)
                except TotalsError as error:
                    raise TotalsError(
                        f"the table {self.name} cannot be a totals table: {error};"
                        " name a table of its own"
                    ) from None
                found[group] = epoch, sums
        found.pop(ALL, None)
        return found

    def put_group(self, group: str, sums: Sums, stamp: Stamp) -> bool:
        """Write a group; return whether it was written: False if there is a newer item."""
        return self._put(self._items.make(group, sums, stamp), stamp, IS_NEWER) is not None

    def remove_group(self, group: str, stamp: Stamp) -> bool:
        """Remove a group; return False if there is a newer item."""
        try:
            self._client.delete_item(
                TableName=self.name,
                Key={self._items.key: {"S": group}},
                ConditionExpression=IS_NEWER,
                ExpressionAttributeNames=NAMES,
                ExpressionAttributeValues=stamp.values(),
            )
        except ClientError as error:
            return _refuse(error)
        return True

    def put_total(self, sums: Sums, stamp: Stamp, groups: int, told: Told) -> str | None:
        """Write the total; return who wrote the last one, None if there is a newer item."""
        item = self._items.make_total(sums, stamp, groups, told)
        old = self._put(item, stamp, IS_NOT_OLDER)
        return None if old is None else str(old.get("writer", {}).get("S", ""))

    def tell_total(self, told: Told) -> None:
        """Say that the figures are not live; they stay, unless another writer has live ones."""
        said = tell(told) | {"board": {"S": self._items.board}}
        try:
            self._client.update_item(
                TableName=self.name,
                Key={self._items.key: {"S": ALL}},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in said),
                ConditionExpression=_MAY_TELL,
                ExpressionAttributeNames={f"#{name}": name for name in said},
                ExpressionAttributeValues={f":{name}": value for name, value in said.items()},
            )
        except ClientError as error:
            _refuse(error)

    def _put(self, item: Item, stamp: Stamp, condition: str) -> Item | None:
        """Write an item; return the old one, None if the condition does not hold."""
        try:
            reply = self._client.put_item(
                TableName=self.name,
                Item=item,
                ConditionExpression=condition,
                ExpressionAttributeNames=NAMES,
                ExpressionAttributeValues=stamp.values(),
                ReturnValues="ALL_OLD",
            )
        except ClientError as error:
            _refuse(error)
            return None
        old: Item = reply.get("Attributes", {})
        return old


def _refuse(error: ClientError) -> bool:
    """Return False for a condition that does not hold; raise any other error."""
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error
    return False
