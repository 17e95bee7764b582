"""Creates a table that stands beside a board's: a journal, or the states of donations."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError


def create_side_table(dynamodb: Any, name: str, key: Sequence[str]) -> bool:
    """Create a table unless it exists; return whether it was created.

    `dynamodb` is a boto3 client. `key` names one or two text attributes, partition key first. The
    table has a stream, so that it can be followed too.
    """
    try:
        dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in key],
            KeySchema=[
                {"AttributeName": one, "KeyType": kind}
                for one, kind in zip(key, ("HASH", "RANGE"), strict=False)
            ],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceInUseException":
            raise
        return False
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    return True
