"""Writes of DynamoDB that are refused unless their conditions are met."""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

_MOST_ATTEMPTS = 6
_FIRST_WAIT_SECONDS = 0.02


def is_refused(error: ClientError) -> bool:
    """Return whether a condition of a write or transaction was not met; it wrote nothing."""
    code = error.response["Error"]["Code"]
    return code == "ConditionalCheckFailedException" or "ConditionalCheckFailed" in reasons(error)


def is_impossible(error: ClientError) -> bool:
    """Return whether DynamoDB will never take what was to be written, as if it is too large."""
    code = error.response["Error"]["Code"]
    return code == "ValidationException" or "ValidationError" in reasons(error)


def reasons(error: ClientError) -> list[str]:
    """Return why a transaction was canceled, for each of its parts; `None` for an innocent one."""
    if error.response["Error"]["Code"] != "TransactionCanceledException":
        return []
    return [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])]


def transact(
    dynamodb: Any, parts: list[dict[str, Any]], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Write all parts or none; try again while another write holds an item. Raise boto3's errors.

    botocore itself does not repeat a transaction that was canceled for a conflict.
    """
    for attempt in range(_MOST_ATTEMPTS):
        try:
            dynamodb.transact_write_items(TransactItems=parts)
        except ClientError as error:
            is_conflict = "TransactionConflict" in reasons(error) and not is_refused(error)
            if not is_conflict or attempt == _MOST_ATTEMPTS - 1:
                raise
            sleep(_FIRST_WAIT_SECONDS * 2**attempt)
        else:
            return
