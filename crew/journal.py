"""Writes to the board's table, each with what was before, who did it and when, in one transaction.

The journal is a table of its own: partition key `id` (the item's key as text), sort key `at` (UTC
to the microsecond, and a random end). Nothing in it is ever changed.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from botocore.exceptions import ClientError

from aggregates.item import read_key

Image = dict[str, Any]
What = Literal["entered", "corrected", "taken back", "brought back", "shown", "hidden"]

_NOT_THERE = "attribute_not_exists(#key)"
# Tries of a write that meets another one of the same item.
_TRIES = 5


class ChangedMeanwhile(Exception):
    """The item is not any more what the helper saw; `now` is what it is (None: gone)."""

    def __init__(self, now: Image | None) -> None:
        super().__init__("somebody else has changed this donation meanwhile")
        self.now = now


class Entry(NamedTuple):
    """What somebody did to an item, and its images before and after; None: it was not there."""

    key: str
    at: datetime
    who: str
    what: What
    before: Image | None
    after: Image | None


class Written(NamedTuple):
    """A change of an item that DynamoDB has taken."""

    table: str
    key: str
    image: Image | None


@dataclass(frozen=True)
class Journal:
    """The board's table and its journal. `dynamodb` is a boto3 client.

    `keep` is called with what DynamoDB has taken before anybody is told so: where the local system
    writes it to the disk. If it raises, the change is not acknowledged.
    """

    dynamodb: Any
    table: str
    journal_table: str
    key: Sequence[str]
    keep: Callable[[Sequence[Written]], None] = lambda _: None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def read(self, key: Image) -> Image | None:
        """Return the item as it is now; `key` has its key attributes."""
        found = self.dynamodb.get_item(
            TableName=self.table, Key=self._key_of(key), ConsistentRead=True
        )
        item: Image | None = found.get("Item")
        return item

    def enter(self, item: Image, who: str, *, made_at: str | None = None) -> bool:
        """Write a new item; return False where the same was entered before: nothing changes then.

        `made_at` names an attribute that differs when a form is sent again. Raises
        `ChangedMeanwhile` where another item has this key.
        """
        if self._was_entered_as(item, made_at):
            # A reload must not bring back what was taken back since.
            self.keep([Written(self.table, read_key(item, tuple(self.key)), self.read(item))])
            return False
        put = {"TableName": self.table, "Item": item, **self._condition(_NOT_THERE)}
        entry = self._make_entry(item, who, "entered", None, item)
        if not self._write({"Put": put}, entry):
            now = self.read(item)
            if self._was_entered_as(item, made_at):
                self.keep([Written(self.table, read_key(item, tuple(self.key)), now)])
                return False
            raise ChangedMeanwhile(now)
        self._keep(entry)
        return True

    def correct(
        self, seen: Image, changes: Mapping[str, Any | None], who: str, what: What = "corrected"
    ) -> Image:
        """Set attributes of an item (None removes one); return the item as it is then.

        `seen` is the item as the helper saw it; what of it is to be changed must still be so, else
        `ChangedMeanwhile` is raised. Other attributes are left alone.
        """
        for _ in range(_TRIES):
            before = self.read(seen)
            if before is None or any(before.get(name) != seen.get(name) for name in changes):
                raise ChangedMeanwhile(before)
            after = {**before, **{name: value for name, value in changes.items() if value}}
            for name, value in changes.items():
                if value is None:
                    after.pop(name, None)
            if after == before:
                return before
            entry = self._make_entry(seen, who, what, before, after)
            if self._write({"Update": self._update(before, changes)}, entry):
                self._keep(entry)
                return after
        raise ChangedMeanwhile(self.read(seen))

    def take_back(self, seen: Image, who: str) -> None:
        """Remove an item; raise `ChangedMeanwhile` where it is not any more what the helper saw.

        `seen` has the key, and those attributes that the helper saw.
        """
        before = self.read(seen)
        if before is None or any(before.get(name) != value for name, value in seen.items()):
            raise ChangedMeanwhile(before)
        delete = {"TableName": self.table, "Key": self._key_of(seen), **self._still(before)}
        entry = self._make_entry(seen, who, "taken back", before, None)
        if not self._write({"Delete": delete}, entry):
            raise ChangedMeanwhile(self.read(seen))
        self._keep(entry)

    def bring_back(self, item: Image, who: str) -> None:
        """Write an item again that was taken back; raise `ChangedMeanwhile` where it is there."""
        put = {"TableName": self.table, "Item": item, **self._condition(_NOT_THERE)}
        entry = self._make_entry(item, who, "brought back", None, item)
        if not self._write({"Put": put}, entry):
            raise ChangedMeanwhile(self.read(item))
        self._keep(entry)

    def read_history(self, key: str) -> list[Entry]:
        """Return what was done to an item, the oldest first."""
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.journal_table,
            ConsistentRead=True,
            KeyConditionExpression="#id = :id",
            ExpressionAttributeNames={"#id": "id"},
            ExpressionAttributeValues={":id": {"S": key}},
        )
        return [_read_entry(item) for page in pages for item in page["Items"]]

    def read_all(self) -> list[Entry]:
        """Return all that was done, the oldest first."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.journal_table, ConsistentRead=True
        )
        entries = [_read_entry(item) for page in pages for item in page["Items"]]
        return sorted(entries, key=lambda entry: entry.at)

    def _write(self, change: dict[str, Any], entry: Image) -> bool:
        """Write both; return False where the condition does not hold."""
        note = {"TableName": self.journal_table, "Item": entry}
        for _ in range(_TRIES):
            try:
                self.dynamodb.transact_write_items(TransactItems=[change, {"Put": note}])
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

    def _update(self, before: Image, changes: Mapping[str, Any | None]) -> dict[str, Any]:
        names = {f"#c{number}": name for number, name in enumerate(changes)}
        values = {f":c{n}": value for n, value in enumerate(changes.values()) if value is not None}
        sets = [f"#c{n} = :c{n}" for n, value in enumerate(changes.values()) if value is not None]
        gone = [f"#c{n}" for n, value in enumerate(changes.values()) if value is None]
        parts = [f"SET {', '.join(sets)}"] if sets else []
        parts += [f"REMOVE {', '.join(gone)}"] if gone else []
        condition = self._still({name: before[name] for name in changes if name in before}, changes)
        return {
            "TableName": self.table,
            "Key": self._key_of(before),
            "UpdateExpression": " ".join(parts),
            "ConditionExpression": condition["ConditionExpression"],
            "ExpressionAttributeNames": names | condition["ExpressionAttributeNames"],
            "ExpressionAttributeValues": values | condition.get("ExpressionAttributeValues", {}),
        }

    def _still(self, seen: Image, absent: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the condition that an item is there, has what was seen and nothing of `absent`."""
        names, values, parts = {"#key": self.key[0]}, {}, ["attribute_exists(#key)"]
        for number, (name, value) in enumerate(seen.items()):
            if name not in self.key:
                names[f"#s{number}"], values[f":s{number}"] = name, value
                parts.append(f"#s{number} = :s{number}")
        for number, name in enumerate(name for name in absent or () if name not in seen):
            names[f"#a{number}"] = name
            parts.append(f"attribute_not_exists(#a{number})")
        condition: dict[str, Any] = {
            "ConditionExpression": " AND ".join(parts),
            "ExpressionAttributeNames": names,
        }
        return condition | ({"ExpressionAttributeValues": values} if values else {})

    def _condition(self, expression: str) -> dict[str, Any]:
        return {
            "ConditionExpression": expression,
            "ExpressionAttributeNames": {"#key": self.key[0]},
        }

    def _key_of(self, item: Image) -> Image:
        return {name: item[name] for name in self.key}

    def _was_entered_as(self, item: Image, made_at: str | None) -> bool:
        """Whether the item of this key began as this entry, whatever became of it since."""

        def told(image: Image | None) -> Image:
            return {name: value for name, value in (image or {}).items() if name != made_at}

        history = self.read_history(read_key(item, tuple(self.key)))
        return any(e.what == "entered" and told(e.after) == told(item) for e in history)

    def _make_entry(
        self, item: Image, who: str, what: What, before: Image | None, after: Image | None
    ) -> Image:
        at = self.clock().astimezone(UTC).isoformat(timespec="microseconds")
        entry: Image = {
            "id": {"S": read_key(item, tuple(self.key))},
            "at": {"S": f"{at}#{secrets.token_hex(4)}"},
            "who": {"S": who},
            "what": {"S": what},
        }
        for name, image in (("before", before), ("after", after)):
            if image is not None:
                entry[name] = {"M": image}
        return entry

    def _keep(self, entry: Image) -> None:
        after = entry.get("after", {}).get("M")
        note = read_key(entry, ("id", "at"))
        self.keep(
            [
                Written(self.table, entry["id"]["S"], after),
                Written(self.journal_table, note, entry),
            ]
        )


def _read_entry(item: Image) -> Entry:
    return Entry(
        key=item["id"]["S"],
        at=datetime.fromisoformat(item["at"]["S"].partition("#")[0]),
        who=item["who"]["S"],
        what=item["what"]["S"],
        before=item.get("before", {}).get("M"),
        after=item.get("after", {}).get("M"),
    )
