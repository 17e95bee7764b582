"""The table of states, where nobody has made it."""

from typing import Any

from botocore.exceptions import ClientError


def create_states(dynamodb: Any, name: str) -> bool:
    """Create a table of states unless it is there; return whether it was made.

    `dynamodb` is a boto3 client. It has a stream, so that what follows tables can follow it, too.
    """
    try:
        dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceInUseException":
            raise
        return False
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    return True
