"""Fills tables of the local DynamoDB from an event's file before their streams are opened."""

import threading
from collections.abc import Iterable
from itertools import islice
from typing import Any

from donations.batch_writer import BATCH_ITEMS, ItemWriter
from donations.image_json import Image
from local.dynamodb import STREAM
from local.keep.store import Store


def fill_table(dynamodb: Any, store: Store, table: str, stop: threading.Event) -> int:
    """Write the kept items of a table into it; return their number. Raises `LocalError`."""
    writer = ItemWriter(dynamodb, table, stop)
    items = store.read_items(table)
    for batch in _batches(items):
        if stop.is_set():
            break
        writer.put(batch)
    writer.close()
    return writer.written


def open_stream(dynamodb: Any, table: str) -> str:
    """Enable the stream of a table; return its ARN."""
    reply = dynamodb.update_table(TableName=table, StreamSpecification=STREAM)
    arn: str = reply["TableDescription"]["LatestStreamArn"]
    return arn


def _batches(items: Iterable[Image]) -> Iterable[list[Image]]:
    left = iter(items)
    while batch := list(islice(left, BATCH_ITEMS)):
        yield batch
