"""Writes to the board's table, each in one transaction with a journal entry: who, when, before.

The journal is a table of its own: partition key `id` (the item's key as text), sort key `at` (UTC
to the microsecond, and a random suffix). Entries never change.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from aggregates.item import read_key
from crew.journal_entry import NEW as NEW
from crew.journal_entry import Entry as Entry
from crew.journal_entry import Image as Image
from crew.journal_entry import What as What
from crew.journal_entry import Written as Written
from crew.journal_entry import decode_entry, encode_entry
from donations.expressions import (
    are_alike,
    change_image,
    leave_out,
    make_update,
    require_absent,
    require_same,
)
from donations.table_item import is_same

# Attempts of a write that conflicts with another write of the same item.
_TRIES = 5
# DynamoDB allows 100 actions in a transaction: a gift and its journal entry are two.
_TOGETHER = 50


class ChangedMeanwhile(Exception):
    """The item is no longer as the helper saw it; `now` is its current image (None: gone)."""

    def __init__(self, now: Image | None) -> None:
        super().__init__("somebody else changed this donation in the meantime")
        self.now = now


class NotKept(Exception):
    """DynamoDB has the change, but `keep` failed: do not tell anybody that it is done."""


@dataclass(frozen=True)
class Journal:
    """The board's table and its journal. `dynamodb` is a boto3 client.

    `keep` is called with each write that DynamoDB has taken, before it is acknowledged: the local
    system writes it to the disk there. If it raises, the change is not acknowledged.
    """

    dynamodb: Any
    table: str
    journal_table: str
    key: Sequence[str]
    keep: Callable[[Sequence[Written]], None] = lambda _: None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def read(self, key: Image) -> Image | None:
        """Return the current item, or None; `key` holds its key attributes."""
        found = self.dynamodb.get_item(
            TableName=self.table, Key=self._key_of(key), ConsistentRead=True
        )
        item: Image | None = found.get("Item")
        return item

    def enter(
        self, item: Image, who: str, *, made_at: str | None = None, what: What = "entered"
    ) -> bool:
        """Write a new item; return False, and change nothing, if it was already entered.

        `made_at` names an attribute to ignore in that comparison: it differs when a form is sent
        again. Raises `ChangedMeanwhile` if another item has this key.
        """
        if self._was_entered_as(item, made_at):
            # A reload must not restore an item that was taken back since.
            self._keep_all([Written(self.table, self._key_text(item), self.read(item))])
            return False
        put = {"TableName": self.table, "Item": item, **require_absent(self.key)}
        entry = self._make_entry(item, who, what, None, item)
        if not self._write([{"Put": put}], [entry]):
            now = self.read(item)
            if self._was_entered_as(item, made_at):
                self._keep_all([Written(self.table, self._key_text(item), now)])
                return False
            raise ChangedMeanwhile(now)
        self._keep(entry)
        return True

    def enter_many(self, items: Sequence[Image], who: str, what: What) -> list[Image]:
        """Write new items, many per transaction; return those that were not written.

        If one key in a transaction exists, none of its items are written: enter them one by one.
        """
        left_over: list[Image] = []
        for first in range(0, len(items), _TOGETHER):
            part = items[first : first + _TOGETHER]
            entries = [self._make_entry(item, who, what, None, item) for item in part]
            puts = [
                {"Put": {"TableName": self.table, "Item": item, **require_absent(self.key)}}
                for item in part
            ]
            if self._write(puts, entries):
                self._keep_all([one for entry in entries for one in self._written(entry)])
            else:
                left_over += part
        return left_over

    def correct(
        self,
        seen: Image,
        changes: Mapping[str, Any | None],
        who: str,
        what: What = "corrected",
        held: Collection[str] = (),
    ) -> Image:
        """Set attributes of an item (None removes one); return the new item.

        `seen` is the item as the helper saw it. The attributes in `changes` and `held` must still
        equal it, or `ChangedMeanwhile` is raised. Other attributes are left alone.
        """
        judged = dict.fromkeys((*changes, *(name for name in held if name not in self.key)))
        for _ in range(_TRIES):
            before = self.read(seen)
            if before is None or not are_alike(before, seen, judged):
                raise ChangedMeanwhile(before)
            after = change_image(before, changes)
            if is_same(after, before):
                return before
            entry = self._make_entry(seen, who, what, before, after)
            update = self._address(before) | make_update(self.key, before, changes, judged)
            if self._write([{"Update": update}], [entry]):
                self._keep(entry)
                return after
        raise ChangedMeanwhile(self.read(seen))

    def take_back(self, seen: Image, who: str) -> None:
        """Remove an item; raise `ChangedMeanwhile` if it is no longer as the helper saw it.

        `seen` holds the key and the attributes that the helper saw.
        """
        before = self.read(seen)
        if before is None or not are_alike(before, seen, seen):
            raise ChangedMeanwhile(before)
        delete = self._address(seen) | require_same(self.key, before)
        entry = self._make_entry(seen, who, "taken back", before, None)
        if not self._write([{"Delete": delete}], [entry]):
            raise ChangedMeanwhile(self.read(seen))
        self._keep(entry)

    def bring_back(self, item: Image, who: str) -> None:
        """Restore an item that was taken back; raise `ChangedMeanwhile` if it exists."""
        put = {"TableName": self.table, "Item": item, **require_absent(self.key)}
        entry = self._make_entry(item, who, "brought back", None, item)
        if not self._write([{"Put": put}], [entry]):
            raise ChangedMeanwhile(self.read(item))
        self._keep(entry)

    def read_history(self, key: str) -> list[Entry]:
        """Return an item's entries, oldest first."""
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.journal_table,
            ConsistentRead=True,
            KeyConditionExpression="#id = :id",
            ExpressionAttributeNames={"#id": "id"},
            ExpressionAttributeValues={":id": {"S": key}},
        )
        return [decode_entry(item) for page in pages for item in page["Items"]]

    def read_all(self) -> list[Entry]:
        """Return all entries, oldest first."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.journal_table, ConsistentRead=True
        )
        entries = [decode_entry(item) for page in pages for item in page["Items"]]
        return sorted(entries, key=lambda entry: entry.at)

    def _write(self, changes: list[dict[str, Any]], entries: Sequence[Image]) -> bool:
        """Write the changes and entries in one transaction; return False if a condition fails."""
        notes = [{"Put": {"TableName": self.journal_table, "Item": one}} for one in entries]
        for _ in range(_TRIES):
            try:
                self.dynamodb.transact_write_items(TransactItems=[*changes, *notes])
            except ClientError as error:
                codes = {
                    reason.get("Code") for reason in error.response.get("CancellationReasons", ())
                }
                if "ConditionalCheckFailed" in codes:
                    return False
                if "TransactionConflict" not in codes:
                    raise
            else:
                return True
        raise ChangedMeanwhile(None)

    def _address(self, item: Image) -> dict[str, Any]:
        return {"TableName": self.table, "Key": self._key_of(item)}

    def _key_of(self, item: Image) -> Image:
        return {name: item[name] for name in self.key}

    def _was_entered_as(self, item: Image, made_at: str | None) -> bool:
        """Return whether this key was first written as this item, whatever happened to it since."""

        path = tuple(made_at.split(".")) if made_at else ()

        def told(image: Image | None) -> Image:
            return leave_out(image or {}, path)

        history = self.read_history(self._key_text(item))
        return any(e.what in NEW and is_same(told(e.after), told(item)) for e in history)

    def _make_entry(
        self, item: Image, who: str, what: What, before: Image | None, after: Image | None
    ) -> Image:
        return encode_entry(Entry(self._key_text(item), self.clock(), who, what, before, after))

    def _key_text(self, item: Image) -> str:
        return read_key(item, tuple(self.key))

    def _keep(self, entry: Image) -> None:
        self._keep_all(self._written(entry))

    def _keep_all(self, written: Sequence[Written]) -> None:
        try:
            self.keep(written)
        except Exception as error:
            raise NotKept(str(error)) from error

    def _written(self, entry: Image) -> list[Written]:
        after = entry.get("after", {}).get("M")
        note = read_key(entry, ("id", "at"))
        return [
            Written(self.table, entry["id"]["S"], after),
            Written(self.journal_table, note, entry),
        ]
