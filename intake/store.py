"""Writes what sources tell: a donation's state and its item in one transaction.

The table of states is the board's table's name and `-intake`: key `id`, no stream that counts, no
TTL, since a charge can be disputed months later. Its rows are donations, votes (`vote:`), what
could not be read (`parked:`), and when a source was last heard (`heard:`).
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from aggregates.board import Board
from donations.expressions import find_changes, make_update, require_absent
from donations.item import Item
from intake.counting import Counting
from intake.donation_state import DonationState, follow, join
from intake.projection import Projection
from intake.request import DonationUpdate
from intake.state_json import decode_state, encode_state

logger = logging.getLogger("tallyboard")

STATES_SUFFIX = "-intake"
# Tries of a write that meets another one of the same donation.
TRIES = 10
_BACKOFF_SECONDS = 0.005
# Writes of one donation by this process come one after the other, so that what is kept on a disk is
# the newest; a lock stands for many donations.
_LOCKS = 64

# A table, an item's key as text, and the item as it is now (None: gone).
Kept = tuple[str, str, dict[str, Any] | None]


class Busy(Exception):
    """Others write the same donation again and again; whoever sent it should send it again."""


class _Known(NamedTuple):
    version: int
    text: str
    state: DonationState


class Store:
    """The board's table and its table of states. `dynamodb` is a boto3 client that threads share.

    `keep` is called with what DynamoDB has taken before anybody is told so; what it raises is
    raised.
    """

    def __init__(
        self,
        dynamodb: Any,
        board: Board,
        keep: Callable[[Sequence[Kept]], None] | None = None,
    ) -> None:
        self._dynamodb, self._keep = dynamodb, keep
        self.table, self.states_table = board.table, board.table + STATES_SUFFIX
        self._key = board.key[0]
        self._locks = [Lock() for _ in range(_LOCKS)]
        self._counting: dict[str, Counting] = {}

    def apply(self, projection: Projection, source: str, update: DonationUpdate) -> bool:
        """Join an update into its donation; return whether that changed anything.

        Raises boto3's errors and `Busy`: then nothing, or all of it, was written, and the same
        update may come again.
        """
        with self.lock(update.donation_id):
            return self._apply(projection, source, update)

    def list_counting(self, source: str) -> frozenset[str]:
        """Return the ids of a source's donations that count now; the whole table is read."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self.states_table,
            ConsistentRead=True,
            FilterExpression="#s = :s AND #n > :zero",
            ExpressionAttributeNames={"#s": "source", "#n": "netMinor"},
            ExpressionAttributeValues={":s": {"S": source}, ":zero": {"N": "0"}},
        )
        return frozenset(row["id"]["S"] for page in pages for row in page["Items"])

    def follow_counting(self, source: str) -> frozenset[str]:
        """Return the same; the table is read once, then this process's own writes are followed."""
        counting = self._counting.setdefault(source, Counting())
        if not counting.is_filled:
            counting.fill(self.list_counting(source))
        return counting.list()

    def put_row(self, row: Item) -> None:
        """Write a row that is no donation, such as what could not be read."""
        self._dynamodb.put_item(TableName=self.states_table, Item=row)
        if self._keep is not None:
            self._keep([(self.states_table, row["id"]["S"], row)])

    def read_row(self, name: str) -> Item | None:
        """Return a row of the table of states."""
        found = self._dynamodb.get_item(
            TableName=self.states_table, Key={"id": {"S": name}}, ConsistentRead=True
        )
        row: Item | None = found.get("Item")
        return row

    def lock(self, name: str) -> AbstractContextManager[Any]:
        return self._locks[hash(name) % _LOCKS]

    def _apply(self, projection: Projection, source: str, update: DonationUpdate) -> bool:
        name, combine = update.donation_id, follow if update.is_look else join
        is_there, judged_version = None, -1
        for tries in range(TRIES):
            known = self._read_known(name)
            if known.version != judged_version:
                # Another process has written the item since it was looked for.
                is_there = None
            state = combine(known.state, update.state)
            text = encode_state(state)
            if known.version and text == known.text:
                # A try before this one may have ended between DynamoDB and the disk.
                self.keep_now(name, self.read_row(name))
                self._note_counting(source, name, state)
                return False
            row = self._make_row(name, source, known.version + 1, text, state)
            old, new = projection.make(name, known.state), projection.make(name, state)
            actions = [{"Put": self._guard(row, known.version)}]
            if (action := self._change_item(name, old, new, is_there=is_there)) is not None:
                actions.append(action)
            failed = self.transact(actions)
            if not failed:
                self.keep_now(name, row)
                self._note_counting(source, name, state)
                _tell_of_foreign(name, state)
                return True
            if failed == {1}:
                is_there, judged_version = self._read_item(name) is not None, known.version
            else:
                pause_for_others(tries)
        raise Busy(name)

    def _note_counting(self, source: str, name: str, state: DonationState) -> None:
        if (counting := self._counting.get(source)) is not None:
            counting.note(name, counts=state.net_minor > 0)

    def _change_item(
        self, name: str, old: Item | None, new: Item | None, *, is_there: bool | None
    ) -> dict[str, Any] | None:
        """Return the write that makes the item right; None for none.

        Only what differs is written: what the crew has added or corrected stays. An item that
        somebody took back is not written again (`is_there` is False then).
        """
        if old == new:
            return None
        key = {"TableName": self.table, "Key": {self._key: {"S": name}}}
        if new is None:
            return {"Delete": key}
        if old is None and not is_there:
            return {"Put": self.put_new(new)}
        if old is not None and is_there is False:
            return None
        changes = find_changes({**(old or {}), self._key: new[self._key]}, new)
        return {"Update": key | make_update((self._key,), old or {}, changes, judged=())}

    def put_new(self, item: Item) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "Item": item,
            **require_absent((self._key,)),
        }

    def _guard(self, row: Item, version: int) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self.states_table, "Item": row}
        if not version:
            return put | {"ConditionExpression": "attribute_not_exists(id)"}
        return put | {
            "ConditionExpression": "v = :v",
            "ExpressionAttributeValues": {":v": {"N": str(version)}},
        }

    def transact(self, actions: list[dict[str, Any]]) -> set[int]:
        """Write all or nothing; return the places of the actions that must be thought over."""
        try:
            self._dynamodb.transact_write_items(TransactItems=actions)
        except ClientError as error:
            reasons = error.response.get("CancellationReasons", ())
            codes = [reason.get("Code") for reason in reasons]
            if not {"ConditionalCheckFailed", "TransactionConflict"} & set(codes):
                raise
            failed = {n for n, code in enumerate(codes) if code == "ConditionalCheckFailed"}
            return failed or {-1}
        return set()

    def _read_known(self, name: str) -> _Known:
        row = self.read_row(name)
        if row is None:
            return _Known(0, "", DonationState())
        text = row["state"]["S"]
        return _Known(int(row["v"]["N"]), text, decode_state(text))

    def _read_item(self, name: str) -> Item | None:
        found = self._dynamodb.get_item(
            TableName=self.table, Key={self._key: {"S": name}}, ConsistentRead=True
        )
        item: Item | None = found.get("Item")
        return item

    def _make_row(
        self, name: str, source: str, version: int, text: str, state: DonationState
    ) -> Item:
        return {
            "id": {"S": name},
            "v": {"N": str(version)},
            "source": {"S": source},
            "state": {"S": text},
            "netMinor": {"N": str(state.net_minor)},
        }

    def keep_now(self, name: str, row: Item | None) -> None:
        if self._keep is None:
            return
        kept: list[Kept] = [(self.table, name, self._read_item(name))]
        self._keep([*kept, (self.states_table, row["id"]["S"], row)] if row is not None else kept)


def _tell_of_foreign(name: str, state: DonationState) -> None:
    if state.has_foreign_deduction:
        logger.error(
            "%s: a dispute in another currency than the donation's takes off all of it; if it is"
            " of a part, enter the rest by hand on the crew's page",
            name,
        )


def pause_for_others(tries: int) -> None:
    """Wait a moment after a write that met another one, longer each time."""
    time.sleep(random.uniform(0, _BACKOFF_SECONDS * 2**tries))
