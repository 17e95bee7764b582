"""Fills a sink beside the stream: a replica from its source, a rule with what it owes.

A replica's fill begins with a moment, its *cut*, by DynamoDB's clock:

- From its beginning on, the sink takes every change made from the cut on, and skips earlier ones.
- Only after the cut, and after calls of the function that do not know of it have ended, the fill
  reads the source. So what it reads includes all that is skipped. Calls that began while the sink
  was detached take nothing, so the fill of a sink that has been detached for a while need not wait.
- It writes an item only if the sink has taken no change of it made from the cut on. Where the sink
  has, the stream's changes are enough: all later ones come too, and the newest wins.

Each of its writes is refused as soon as another fill of the sink has begun.
"""

import math
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from donations.image_json import Image
from sinks.acting import RuleTarget, put_action
from sinks.change import name_item
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.pairs import Pair, PairReader
from sinks.replicating import write_item
from sinks.sink_state import DETACHED, SinkState, StateTable
from sinks.state_items import EXPIRES, STATE_KEY, item_key, make_expiry
from sinks.transaction import is_impossible, is_refused, reasons, transact

# DynamoDB tells times in whole seconds, and its servers' clocks differ by less than a second.
MARGIN_SECONDS = 2
# The sinks' function has at most 20 s, so a call that began before a fill has ended then.
SETTLE_SECONDS = 22
# A transaction has at most 100 parts, two an item and one for the fill.
_TOGETHER = 40


class FillError(Exception):
    """A fill did not end well, as its text says; running it again does no harm."""


class ReplicaFill:
    """One fill of a replica. `now_s` returns the time by DynamoDB's clock, in seconds."""

    def __init__(
        self,
        replica: Replica,
        dynamodb: Any,
        *,
        settle_seconds: int = SETTLE_SECONDS,
        now_s: Callable[[], int] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._replica, self._dynamodb = replica, dynamodb
        self._read_now_s = now_s or (lambda: read_now_s(dynamodb, replica.source.table))
        self._state = StateTable(dynamodb, replica.name, self._read_now_s)
        self._settle_seconds = settle_seconds
        self._sleep, self._progress = sleep, progress
        self._id = uuid.uuid4().hex

    def run(self) -> int:
        """Fill and attach the sink; return how many items were corrected.

        It may run at any time. Raises `FillError` and boto3's errors.
        """
        wait_seconds = find_wait(self._state.read(), self._state.now_s(), self._settle_seconds)
        cut_s = self._read_now_s() + max(wait_seconds, MARGIN_SECONDS)
        self._state.begin_fill(self._id, cut_s)
        # This process may have been held up before that took effect.
        begins_s = max(cut_s, self._read_now_s() + wait_seconds) + MARGIN_SECONDS
        while (now_s := self._read_now_s()) < begins_s:
            self._sleep(begins_s - now_s)
        read = corrected = 0
        for pairs in PairReader(self._replica, self._dynamodb, self._sleep).read_pages():
            wrong = [pair for pair in pairs if not pair.is_same]
            corrected += self._correct(wrong, cut_s)
            read += len(pairs)
            self._progress(read)
        if not self._state.finish_fill(self._id):
            raise FillError(self._explain_end())
        return corrected

    def _correct(self, pairs: Sequence[Pair], cut_s: int) -> int:
        return sum(
            self._write(pairs[start : start + _TOGETHER], cut_s)
            for start in range(0, len(pairs), _TOGETHER)
        )

    def _write(self, pairs: Sequence[Pair], cut_s: int) -> int:
        """Write pairs in one transaction; if it is refused, look for the ones that need none."""
        parts = [self._state.check_fill(self._id)]
        for pair in pairs:
            parts.append(write_item(self._replica.target, pair.keys, pair.wanted))
            parts.append(self._check_item(pair.keys, cut_s))
        try:
            transact(self._dynamodb, parts, self._sleep)
        except ClientError as error:
            if not is_refused(error):
                raise
            if reasons(error)[0] == "ConditionalCheckFailed":
                raise FillError(self._explain_end()) from error
            if len(pairs) == 1:
                return 0
            half = len(pairs) // 2
            return self._write(pairs[:half], cut_s) + self._write(pairs[half:], cut_s)
        return len(pairs)

    def _check_item(self, keys: Image, cut_s: int) -> dict[str, Any]:
        return {
            "ConditionCheck": {
                "TableName": self._state.name,
                "Key": item_key(name_item(keys)),
                "ConditionExpression": "attribute_not_exists(made_s) OR made_s < :cut",
                "ExpressionAttributeValues": {":cut": {"N": str(cut_s)}},
            }
        }

    def _explain_end(self) -> str:
        state = self._state.read()
        if state is not None and state.status == DETACHED:
            return f"sink {self._replica.name} was detached while it was filled: {state.why}"
        return f"another fill of the sink {self._replica.name} has begun; this one has ended"


def find_wait(state: SinkState | None, now_s: float, settle_seconds: int) -> int:
    """Return the seconds until no call of the function runs that may take changes.

    A sink that has just begun, and was never filled, has taken none.
    """
    if state is None or state.status != DETACHED:
        return settle_seconds
    if not state.cut_s:
        return 0
    since_s = datetime.fromisoformat(state.since).timestamp()
    return max(0, math.ceil(settle_seconds - (now_s - since_s)))


class Paid(NamedTuple):
    """How many owed items were put, and why others cannot be: they stay owed."""

    items: int
    refused: list[str]


def pay_owed(rule: Rule, dynamodb: Any, sleep: Callable[[float], None] = time.sleep) -> Paid:
    """Put the items that a rule owes. Raises boto3's errors."""
    state = StateTable(dynamodb, rule.name)
    paid = 0
    refused: list[str] = []
    for mark in read_owed(rule, dynamodb):
        key = {STATE_KEY: mark[STATE_KEY]}
        settle = {
            "TableName": state.name,
            "Key": key,
            "UpdateExpression": f"SET {EXPIRES} = :expires REMOVE owed",
            "ConditionExpression": "attribute_exists(owed)",
            "ExpressionAttributeValues": {":expires": make_expiry(float(mark["made_s"]["N"]))},
        }
        try:
            transact(dynamodb, [put_action(rule, mark["owed"]["M"]), {"Update": settle}], sleep)
        except ClientError as error:
            if is_impossible(error):
                refused.append(str(error))
            elif not is_refused(error):
                raise
            continue
        paid += 1
    return Paid(paid, refused)


def read_owed(rule: Rule, dynamodb: Any) -> list[Image]:
    """Return the marks of crossings whose action a rule owes."""
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=StateTable(dynamodb, rule.name).name,
        ConsistentRead=True,
        FilterExpression="attribute_exists(owed)",
    )
    return [mark for page in pages for mark in page["Items"]]


def fill_rule(
    rule: Rule,
    dynamodb: Any,
    *,
    settle_seconds: int = SETTLE_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Pay what a rule owes and attach it; return how many items were put.

    After that it pays once more: calls of the function that began before may have owed meanwhile.
    Raises `FillError` if some cannot be put; the rule is attached all the same.
    """
    paid = pay_owed(rule, dynamodb, sleep).items
    RuleTarget(rule, dynamodb).state.attach()
    sleep(settle_seconds)
    again = pay_owed(rule, dynamodb, sleep)
    if again.refused:
        raise FillError(
            f"sink {rule.name} is attached; {paid + again.items} items that it owed are put, and"
            f" {len(again.refused)} cannot be: {again.refused[0]}; correct the rule or its target,"
            " and fill it again"
        )
    return paid + again.items


def read_now_s(dynamodb: Any, table: str) -> int:
    reply = dynamodb.describe_table(TableName=table)
    date = reply.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return int(parsedate_to_datetime(date).timestamp() if date else time.time())
