"""A rule at work: one item for each crossing, whatever is repeated.

The action's item and a mark of the crossing are written in one transaction, on condition that there
is no mark. The mark outlives every record of the crossing, so an item that was used up and deleted
does not come back. While the rule is detached, the mark holds the item as `owed`; the fill pays it.
"""

import logging
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from donations.image_json import Image
from sinks.arming import Move, add_move, decode_history, encode_history, is_armed
from sinks.change import Change
from sinks.kinds.rule import Rule
from sinks.sink_state import SinkState, StateTable
from sinks.state_items import (
    EXPIRES,
    MOST_AGE_SECONDS,
    STATE_KEY,
    crossing_key,
    item_key,
    make_expiry,
)
from sinks.target import Failure, Refused
from sinks.template import Template
from sinks.transaction import is_impossible, is_refused, reasons, transact

logger = logging.getLogger("tallyboard")

_ID_CHARACTERS = 32
# Other calls may write the same item's history at the same time.
_MOST_ATTEMPTS = 5


class RuleTarget:
    """Takes changes for a rule."""

    is_filled_from_table = False

    def __init__(
        self, rule: Rule, dynamodb: Any, *, now_s: Callable[[], float] = time.time
    ) -> None:
        self.name, self.source = rule.name, rule.source
        self.state = StateTable(dynamodb, rule.name, now_s)
        self._rule, self._dynamodb = rule, dynamodb

    def take(self, changes: Sequence[Change], state: SinkState) -> Failure | None:
        """Act on each crossing. Raises `Refused` if the stream has no old images."""
        if any(not change.has_old for change in changes):
            raise Refused(
                f"the stream of {self.source.table} has no old images, so no crossing can be seen;"
                " enable it with NEW_AND_OLD_IMAGES"
            )
        return self._act_on(changes, state, owes=False)

    def pass_over(self, changes: Sequence[Change], state: SinkState) -> Failure | None:
        """Note what the rule owes for each crossing; the fill pays it."""
        seen = [change for change in changes if change.has_old]
        return self._act_on(seen, state, owes=True)

    def _act_on(self, changes: Sequence[Change], state: SinkState, *, owes: bool) -> Failure | None:
        oldest_s = self.state.now_s() - MOST_AGE_SECONDS
        for change in changes:
            if change.made_s < state.begun_s:
                continue
            if change.made_s < oldest_s:
                # Whether the rule acted on it may be forgotten.
                logger.error("sink %s: change %s is too old for a rule", self.name, change.number)
                continue
            try:
                if self._rule.margin is not None:
                    self._act_once(change, owes=owes)
                elif (move := self._make_crossing(change)) is not None:
                    self._act(change.item, move, owes=owes)
            except (BotoCoreError, ClientError, TimeoutError) as error:
                if not owes or not isinstance(error, ClientError) or not is_impossible(error):
                    return Failure(change, str(error))
                # It must not hold back the other sinks: the rule is detached, and owes what it can.
                why = f"the change {change.number} can neither be acted on nor owed: {error}"
                logger.error("sink %s: %s", self.name, why)
                self.state.note_gap(why)
        return None

    def _act(self, item: str, crossing: Move, *, owes: bool) -> None:
        """Write an action and its mark, unless there is a mark."""
        self._transact(self._make_action(item, crossing, owes=owes))

    def _transact(self, parts: list[dict[str, Any]]) -> bool:
        """Write all parts, or return False if a condition is not met."""
        try:
            transact(self._dynamodb, parts)
        except ClientError as error:
            if not is_refused(error):
                raise
            return False
        return True

    def _act_once(self, change: Change, *, owes: bool) -> None:
        """Add a crossing or rearming to the item's history, together with what it makes due."""
        move = self._make_move(change)
        if move is None:
            return
        key = item_key(change.item)
        for _ in range(_MOST_ATTEMPTS):
            reply = self._dynamodb.get_item(TableName=self.state.name, Key=key, ConsistentRead=True)
            before = decode_history(reply.get("Item"))
            history, due = add_move(before, move)
            if history is before:
                return
            parts = [self._put_history(key | encode_history(history), before.version)]
            for one in due:
                parts += self._make_action(change.item, one, owes=owes)
            try:
                transact(self._dynamodb, parts)
            except ClientError as error:
                if not is_refused(error):
                    raise
                if reasons(error)[0] == "ConditionalCheckFailed":
                    continue
                # The rule had no margin when it acted: there is a mark, and no history of it.
                for one in due:
                    self._act(change.item, one, owes=owes)
                if self._transact(parts[:1]):
                    return
            else:
                return
        raise TimeoutError("other calls keep changing what the rule has of an item")

    def _make_move(self, change: Change) -> Move | None:
        """Return the crossing or rearming that a change is; None if it is neither."""
        crossing = self._make_crossing(change)
        was_armed = is_armed(self._rule, change.old)
        if crossing is not None:
            return crossing._replace(begins=was_armed)
        if was_armed or not is_armed(self._rule, change.new):
            return None
        return Move(change.at, change.made_s, True, None)

    def _make_crossing(self, change: Change) -> Move | None:
        if not is_crossing(self._rule, change):
            return None
        assert change.new is not None
        crossing_id = make_id(self._rule, change.item, change.at)
        item = make_item(self._rule, change.new, crossing_id)
        return Move(change.at, change.made_s, False, item)

    def _make_action(self, item: str, crossing: Move, *, owes: bool) -> list[dict[str, Any]]:
        """Return the parts of a transaction that put an action, or owe it, and its mark."""
        assert crossing.item is not None
        crossing_id = make_id(self._rule, item, crossing.at)
        mark: Image = crossing_key(crossing_id) | {"made_s": {"N": f"{crossing.made_s:.3f}"}}
        # What is owed must not expire.
        mark |= {"owed": {"M": crossing.item}} if owes else {EXPIRES: make_expiry(crossing.made_s)}
        put = {
            "TableName": self.state.name,
            "Item": mark,
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": STATE_KEY},
        }
        return [{"Put": put}] if owes else [put_action(self._rule, crossing.item), {"Put": put}]

    def _put_history(self, item: Image, version: int) -> dict[str, Any]:
        """Return the part of a transaction that replaces a history of a version."""
        known = "version = :version" if version else "attribute_not_exists(version)"
        values = {"ExpressionAttributeValues": {":version": {"N": str(version)}}} if version else {}
        put = {"TableName": self.state.name, "Item": item, "ConditionExpression": known}
        return {"Put": put | values}


def is_crossing(rule: Rule, change: Change) -> bool:
    """Return whether the comparison turns true in a change."""
    if not rule.when.holds(change.new):
        return False
    return rule.on_insert if change.old is None else not rule.when.holds(change.old)


def make_id(rule: Rule, item: str, at: str) -> str:
    """Return the id that the crossing of an item at a place, and no other, always has."""
    # A place has no space, and no name of a sink has one.
    text = f"{rule.name} {at} {item}"
    return sha256(text.encode()).hexdigest()[:_ID_CHARACTERS]


def make_item(rule: Rule, image: Image, crossing_id: str) -> Image:
    """Return the action's item; an attribute that the changed item lacks is left out."""
    filled = {
        name: value.fill(image, crossing_id) if isinstance(value, Template) else value
        for name, value in rule.item.items()
    }
    return {name: value for name, value in filled.items() if value is not None}


def put_action(rule: Rule, item: Image) -> dict[str, Any]:
    """Return the part of a transaction that puts an action's item, which must not exist."""
    return {
        "Put": {
            "TableName": rule.target,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": rule.target_key[0]},
        }
    }
