"""All records of a table's stream as one event."""

from typing import Any

from local.dynamodb import connect_streams
from local.lambda_event import to_event, to_lambda_record
from reconcile.stream import TableStream


def read_event(dynamodb: Any, table: str) -> dict[str, Any]:
    """Return the event that Lambda would pass."""
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    reader = TableStream(connect_streams(dynamodb.meta.endpoint_url), arn)
    [shard] = reader.list_shards()
    page = reader.read(reader.get_iterator(shard.id, None))
    return to_event(to_lambda_record(record, arn) for record in page.records)
