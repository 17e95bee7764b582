"""A rule at work: one item for each crossing, whatever is repeated.

The action's item and a mark of the crossing are written in one transaction, on condition that there
is no mark. The mark stays, so an item that was used up and deleted does not come back. While the
rule is detached, the mark holds the item as `owed`, and the fill pays it.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from donations.image_json import Image
from sinks.change import Change
from sinks.kinds.rule import Rule
from sinks.sink_state import STATE_KEY, SinkState, StateTable, crossing_key, item_key
from sinks.target import Failure, Refused
from sinks.template import Template
from sinks.transaction import is_refused, transact

_ID_CHARACTERS = 32


class _Arming(NamedTuple):
    """Whether a rule with a margin may act on an item again, decided by the change `at`."""

    is_armed: bool
    at: str


class RuleTarget:
    """Takes changes for a rule."""

    is_filled_from_table = False

    def __init__(self, rule: Rule, dynamodb: Any) -> None:
        self.name, self.source = rule.name, rule.source
        self.state = StateTable(dynamodb, rule.name)
        self._rule, self._dynamodb = rule, dynamodb

    def take(self, changes: Sequence[Change], state: SinkState) -> Failure | None:  # noqa: ARG002
        """Act on each crossing. Raises `Refused` if the stream has no old images."""
        if any(not change.has_old for change in changes):
            raise Refused(
                f"the stream of {self.source.table} has no old images, so no crossing can be seen;"
                " enable it with NEW_AND_OLD_IMAGES"
            )
        return self._act_on(changes, owes=False)

    def pass_over(self, changes: Sequence[Change], state: SinkState) -> Failure | None:  # noqa: ARG002
        """Note what the rule owes for each crossing; the fill pays it."""
        return self._act_on([change for change in changes if change.has_old], owes=True)

    def _act_on(self, changes: Sequence[Change], *, owes: bool) -> Failure | None:
        for change in changes:
            try:
                if self._rule.margin is None:
                    if is_crossing(self._rule, change):
                        self._act(change, [], owes=owes)
                else:
                    self._act_once(change, owes=owes)
            except (BotoCoreError, ClientError) as error:
                return Failure(change, str(error))
        return None

    def _act_once(self, change: Change, *, owes: bool) -> None:
        """Act on a crossing if the item is armed; arm it again beyond the margin."""
        assert self._rule.margin is not None
        crosses = is_crossing(self._rule, change)
        rearms = change.new is None or self._rule.when.fails_beyond(change.new, self._rule.margin)
        if not crosses and not rearms:
            return
        arming = self._read_arming(change)
        # Only a change that is newer than the last decision may decide.
        if arming.at >= change.at or arming.is_armed != crosses:
            return
        note = self._note_arming(change, is_armed=rearms)
        if crosses:
            self._act(change, [{"Update": note}], owes=owes)
            return
        try:
            self._dynamodb.update_item(**note)
        except ClientError as error:
            if not is_refused(error):
                raise

    def _act(self, change: Change, parts: list[dict[str, Any]], *, owes: bool) -> None:
        """Write an action and its mark, together with `parts`, unless it was done."""
        assert change.new is not None
        crossing_id = make_id(self._rule, change)
        item = make_item(self._rule, change.new, crossing_id)
        mark: Image = crossing_key(crossing_id) | {"item": {"S": change.item}}
        if owes:
            mark["owed"] = {"M": item}
        else:
            parts = [*parts, put_action(self._rule, item)]
        try:
            transact(self._dynamodb, [*parts, self._put_mark(mark)])
        except ClientError as error:
            if not is_refused(error):
                raise

    def _put_mark(self, mark: Image) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self.state.name,
                "Item": mark,
                "ConditionExpression": "attribute_not_exists(#key)",
                "ExpressionAttributeNames": {"#key": STATE_KEY},
            }
        }

    def _read_arming(self, change: Change) -> _Arming:
        reply = self._dynamodb.get_item(
            TableName=self.state.name, Key=item_key(change.item), ConsistentRead=True
        )
        item = reply.get("Item")
        return (
            _Arming(True, "") if item is None else _Arming(item["armed"]["BOOL"], item["at"]["S"])
        )

    def _note_arming(self, change: Change, *, is_armed: bool) -> dict[str, Any]:
        return {
            "TableName": self.state.name,
            "Key": item_key(change.item),
            "UpdateExpression": "SET #at = :at, armed = :armed",
            "ConditionExpression": "attribute_not_exists(#at) OR #at < :at",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {
                ":at": {"S": change.at},
                ":armed": {"BOOL": is_armed},
            },
        }


def is_crossing(rule: Rule, change: Change) -> bool:
    """Return whether the comparison turns true in a change."""
    if not rule.when.holds(change.new):
        return False
    return rule.on_insert if change.old is None else not rule.when.holds(change.old)


def make_id(rule: Rule, change: Change) -> str:
    """Return the id that this crossing, and no other, always has."""
    # The place of a change has no space, and no name of a sink has one.
    text = f"{rule.name} {change.at} {change.item}"
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
