"""A replica at work: puts and deletes the target's items, each with its state in one transaction.

The condition of each transaction is that the change is newer than what the sink has of the item.
What it has of a deleted item stays in the state table until no older change can be taken any more,
so a delete never comes undone.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from donations.image_json import Image
from sinks.change import Change
from sinks.kinds.replica import Replica
from sinks.sink_state import SinkState, StateTable
from sinks.state_items import EXPIRES, MOST_AGE_SECONDS, item_key, make_expiry
from sinks.target import Failure, Refused
from sinks.transaction import is_refused, transact

_WORKERS = 8


class ReplicaTarget:
    """Takes changes for a replica."""

    is_filled_from_table = True

    def __init__(
        self,
        replica: Replica,
        dynamodb: Any,
        *,
        workers: int = _WORKERS,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.name, self.source = replica.name, replica.source
        self.state = StateTable(dynamodb, replica.name, now_s)
        self._replica, self._dynamodb, self._workers = replica, dynamodb, workers

    def take(self, changes: Sequence[Change], state: SinkState) -> Failure | None:
        """Apply the newest change of each item, except those from before the last fill.

        The fill has read the table later than that. Raises `Refused` for one that is too old: what
        would show that a newer one was taken may be gone.
        """
        later = [change for change in changes if change.made_s >= state.cut_s]
        oldest_s = min((change.made_s for change in later), default=math.inf)
        if oldest_s < self.state.now_s() - MOST_AGE_SECONDS:
            raise Refused(f"changes came that are older than {MOST_AGE_SECONDS // 86_400} days")
        newest = {change.item: change for change in sorted(later, key=lambda one: one.at)}
        wanted = [change for change in later if newest[change.item] is change]
        with ThreadPoolExecutor(self._workers) as pool:
            troubles = pool.map(self._apply, wanted)
            return next((trouble for trouble in troubles if trouble is not None), None)

    def pass_over(self, changes: Sequence[Change], state: SinkState) -> Failure | None:  # noqa: ARG002
        """Do nothing: the fill will read these items, or newer ones, from the table."""
        return None

    def _apply(self, change: Change) -> Failure | None:
        try:
            transact(self._dynamodb, self._make_transaction(change))
        except ClientError as error:
            return None if is_refused(error) else Failure(change, str(error))
        except BotoCoreError as error:
            return Failure(change, str(error))
        return None

    def _make_transaction(self, change: Change) -> list[dict[str, Any]]:
        values = {":at": {"S": change.at}, ":made": {"N": f"{change.made_s:.3f}"}}
        if change.new is None:
            expiry = f", {EXPIRES} = :expires"
            values[":expires"] = make_expiry(change.made_s)
        else:
            expiry = f" REMOVE {EXPIRES}"
        note = {
            "TableName": self.state.name,
            "Key": item_key(change.item),
            "UpdateExpression": f"SET #at = :at, made_s = :made{expiry}",
            "ConditionExpression": "attribute_not_exists(#at) OR #at < :at",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": values,
        }
        image = None if change.new is None else choose_attributes(self._replica, change.new)
        return [write_item(self._replica.target, change.keys, image), {"Update": note}]


def choose_attributes(replica: Replica, image: Image) -> Image:
    """Return the part of an item that is copied."""
    if replica.attributes is None:
        return image
    wanted: Iterable[str] = (*replica.source.key, *replica.attributes)
    return {name: image[name] for name in wanted if name in image}


def write_item(table: str, keys: Image, image: Image | None) -> dict[str, Any]:
    """Return the part of a transaction that makes an item equal an image; None deletes it."""
    if image is None:
        return {"Delete": {"TableName": table, "Key": keys}}
    return {"Put": {"TableName": table, "Item": image}}
