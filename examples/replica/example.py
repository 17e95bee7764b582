"""A log of 2,000 requests with a secondary index; some are changed, deleted and written again.

The published way is that of AWS' workshop (amazon-dynamodb-labs, design-patterns): put each new
image. Here it deletes, too, which the workshop's function does not.
"""

from random import Random
from typing import Any

from examples.place import Place

TABLE = "logfile"
ROWS, CHANGES = 2_000, 900
# The most that DynamoDB takes in one call.
_BATCH_ITEMS = 25
_STATUSES = (200,) * 17 + (302, 302, 404, 500)


class Example:
    """Writes the log, and compares the copies with it."""

    def __init__(self, place: Place) -> None:
        self._dynamodb = place.dynamodb

    def create(self) -> None:
        """Create the tables, with the same secondary index."""
        for table in (TABLE, "logfile_replica", "logfile_published"):
            self._dynamodb.create_table(
                TableName=table,
                AttributeDefinitions=[
                    {"AttributeName": "requestId", "AttributeType": "S"},
                    {"AttributeName": "status", "AttributeType": "N"},
                ],
                KeySchema=[{"AttributeName": "requestId", "KeyType": "HASH"}],
                GlobalSecondaryIndexes=[
                    {
                        "IndexName": "byStatus",
                        "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
                BillingMode="PAY_PER_REQUEST",
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            )

    def change(self) -> None:
        """Write all rows; then change, delete and write again some of them."""
        random = Random(11)
        for start in range(0, ROWS, _BATCH_ITEMS):
            numbers = range(start, min(start + _BATCH_ITEMS, ROWS))
            puts = [{"PutRequest": {"Item": _make_row(random, number)}} for number in numbers]
            self._dynamodb.batch_write_item(RequestItems={TABLE: puts})
        for _ in range(CHANGES):
            number = random.randrange(ROWS)
            if random.random() < 0.4:
                key = {"requestId": {"S": str(number)}}
                self._dynamodb.delete_item(TableName=TABLE, Key=key)
            else:
                self._dynamodb.put_item(TableName=TABLE, Item=_make_row(random, number))

    def take_as_published(self, event: dict[str, Any]) -> None:
        """Put each new image, and delete what was removed."""
        for record in event["Records"]:
            change = record["dynamodb"]
            if record["eventName"] == "REMOVE":
                self._dynamodb.delete_item(TableName="logfile_published", Key=change["Keys"])
            else:
                self._dynamodb.put_item(TableName="logfile_published", Item=change["NewImage"])

    def judge(self) -> list[tuple[str, int, str]]:
        """Return for each way its name, how many rows are wrong, and what its index counts."""
        return [
            self._judge("Tallyboard", "logfile_replica"),
            self._judge("the published way", "logfile_published"),
        ]

    def _judge(self, name: str, table: str) -> tuple[str, int, str]:
        wanted, found = self._read(TABLE), self._read(table)
        wrong = sum(wanted.get(key) != found.get(key) for key in wanted.keys() | found.keys())
        counts = [self._count_ok(one) for one in (table, TABLE)]
        told = f"{len(found):,} rows of {len(wanted):,}"
        return name, wrong, f"{told}; its index has {counts[0]:,} of {counts[1]:,} with status 200"

    def _read(self, table: str) -> dict[str, Any]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=table)
        return {item["requestId"]["S"]: item for page in pages for item in page["Items"]}

    def _count_ok(self, table: str) -> int:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=table,
            IndexName="byStatus",
            KeyConditionExpression="#status = :ok",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":ok": {"N": "200"}},
        )
        return sum(page["Count"] for page in pages)


def _make_row(random: Random, number: int) -> dict[str, Any]:
    return {
        "requestId": {"S": str(number)},
        "host": {"S": f"192.0.2.{random.randrange(256)}"},
        "url": {"S": f"/gallery/{random.randrange(9_999)}"},
        "status": {"N": str(random.choice(_STATUSES))},
        "bytes": {"N": str(random.randrange(100_000))},
    }
