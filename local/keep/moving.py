"""Moves an event between its file and a table in AWS, and compares the totals of both."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from aggregates.board import Board
from aggregates.item import read_key
from donations.batch_writer import BATCH_ITEMS, ItemWriter
from donations.image_json import Image
from local.errors import LocalError
from local.keep.same_item import normalize_image
from local.keep.store import Store
from local.keep.sums import Sums, add_up
from local.keep.tables import KeptTable, create_kept_table, name_tables, note_key

_STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


class Moved(NamedTuple):
    """The sums of both sides. `others` counts the target's earlier items, which stay."""

    source: Sums
    target: Sums
    journal: int
    others: int = 0


def take_over(store: Store, board: Board, dynamodb: Any, table: str, *, replaces: bool) -> Moved:
    """Fill an event's file from a table in AWS and the tables beside it, if there are any.

    The table is read twice, and the second sums must equal the file's. Raises `LocalError` if they
    do not, and if the file has items, unless `replaces`.
    """
    kept = store.count_items(board.table)
    if kept and not replaces:
        raise LocalError(
            f"{store.path} already has {kept:,} items of {board.table}; name another folder with"
            " --data, or add --replace to discard them (make a backup first)"
        )
    source = KeptTable(board.table, _read_table_key(dynamodb, table))
    if source.key_names != board.key:
        raise LocalError(
            f"the table {table} has the key {', '.join(source.key_names)}, but the board"
            f" {', '.join(board.key)}; correct `key` in the board's file"
        )
    note_key(store, source)
    _take_table(store, source, dynamodb, table)
    _, *others = names = name_tables(store, board)
    for other in others:
        suffix = other.name.removeprefix(board.table)
        with suppress(dynamodb.exceptions.ResourceNotFoundException):
            _take_table(store, other, dynamodb, f"{table}{suffix}")
    there = add_up(board, _scan(dynamodb, table))
    here = add_up(board, store.read_items(board.table))
    if here != there:
        raise LocalError(
            f"the table {table} changed while it was read: it has {there.items:,} items"
            f" now, but {here.items:,} were copied. Stop what writes to it, then run this again"
            " with --replace"
        )
    return Moved(there, here, store.count_items(names.journal.name))


def hand_over(store: Store, board: Board, dynamodb: Any, table: str, *, merges: bool) -> Moved:
    """Write an event's tables into tables in AWS, created if necessary.

    Every item is read back. Raises `LocalError` if one differs, and if the table has items, unless
    `merges`: then items with the same key are replaced, and others stay.
    """
    kept, *others = names = name_tables(store, board)
    targets = [(kept, table)]
    targets += [(one, f"{table}{one.name.removeprefix(board.table)}") for one in others]
    for source, name in targets:
        _make_target(dynamodb, source._replace(name=name), merges=merges)
    for source, name in targets:
        _write_items(store, source.name, dynamodb, name)
    wanted = {read_key(item, kept.key_names): item for item in store.read_items(kept.name)}
    found = {read_key(item, kept.key_names): item for item in _scan(dynamodb, table)}
    ours = [found[key] for key in wanted if key in found]
    missing = sum(
        key not in found or normalize_image(found[key]) != normalize_image(item)
        for key, item in wanted.items()
    )
    if missing:
        raise LocalError(
            f"{missing:,} items in the table {table} differ from the event's; something else"
            " writes to it. Stop that, then run this again with --merge"
        )
    here, there = add_up(board, store.read_items(kept.name)), add_up(board, ours)
    return Moved(here, there, store.count_items(names.journal.name), len(found) - len(ours))


def _read_table_key(dynamodb: Any, table: str) -> tuple[tuple[str, str], ...]:
    try:
        told = dynamodb.describe_table(TableName=table)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        raise LocalError(
            f"there is no table {table}; check its name, --region and --profile"
        ) from None
    kinds = {one["AttributeName"]: one["AttributeType"] for one in told["AttributeDefinitions"]}
    ordered = sorted(told["KeySchema"], key=lambda one: one["KeyType"] != "HASH")
    return tuple((one["AttributeName"], kinds[one["AttributeName"]]) for one in ordered)


def _take_table(store: Store, into: KeptTable, dynamodb: Any, table: str) -> None:
    items = ((read_key(item, into.key_names), item) for item in _scan(dynamodb, table))
    store.replace(into.name, items)


def _make_target(dynamodb: Any, target: KeptTable, *, merges: bool) -> None:
    """Create the table, or check that it has the same key and is empty (unless `merges`)."""
    try:
        key = _read_table_key(dynamodb, target.name)
    except LocalError:
        create_kept_table(dynamodb, target)
        dynamodb.get_waiter("table_exists").wait(TableName=target.name)
        dynamodb.update_table(TableName=target.name, StreamSpecification=_STREAM)
        dynamodb.get_waiter("table_exists").wait(TableName=target.name)
        return
    if key != target.key:
        raise LocalError(
            f"the table {target.name} has the key {key}, but the event {target.key}; name another"
        )
    if not merges and dynamodb.scan(TableName=target.name, Limit=1)["Items"]:
        raise LocalError(
            f"the table {target.name} already has items; name another table, or add --merge:"
            " then items with the same key are replaced, and the others stay"
        )


def _write_items(store: Store, kept: str, dynamodb: Any, table: str) -> None:
    writer = ItemWriter(dynamodb, table, threading.Event())
    items = store.read_items(kept)
    while batch := list(islice(items, BATCH_ITEMS)):
        writer.put(batch)
    writer.close()


def _scan(dynamodb: Any, table: str) -> Iterator[Image]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    try:
        for page in pages:
            yield from page["Items"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            raise
        raise LocalError(f"the table {table} cannot be read: {error}") from error
