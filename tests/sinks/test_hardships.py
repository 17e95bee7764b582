"""What a sink does where DynamoDB can never take what it writes, or another call was quicker."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from donations.side_table import create_side_table
from sinks.acting import RuleTarget
from sinks.arming import decode_history
from sinks.beginning import begin_sink
from sinks.change import Change
from sinks.comparison import parse_comparison
from sinks.consume import SinkConsumer
from sinks.definition import Source
from sinks.filling import FillError, ReplicaFill, fill_rule, pay_owed
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.sink_state import DETACHED, StateTable
from sinks.state_items import item_key
from sinks.target import Failure
from sinks.template import parse_template

MADE_S = 4_000_000_000.0


class Other:
    """A client of DynamoDB that calls `before` in place of one call, or before it."""

    def __init__(self, dynamodb: Any, name: str, before: Callable[..., Any]) -> None:
        self._dynamodb, self._name, self._before = dynamodb, name, before

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._dynamodb, name)
        if name != self._name:
            return call

        def other(**arguments: Any) -> Any:
            self._before(**arguments)
            return call(**arguments)

        return other


def make_rule(dynamodb: Any, margin: Decimal | None = None) -> Rule:
    name = f"rule-{secrets.token_hex(4)}"
    when, item = parse_comparison("stock < least"), {"id": "{id}", "text": "{text}"}
    assert when is not None
    templates = {key: parse_template(value) for key, value in item.items()}
    rule = Rule(
        name=name,
        source=Source(f"{name}-from", ("sku",)),
        when=when,
        target=f"{name}-to",
        target_key=("id",),
        item={key: value for key, value in templates.items() if value is not None},
        margin=margin,
    )
    create_side_table(dynamodb, rule.source.table, ["sku"])
    begin_sink(rule, dynamodb)
    return rule


def crossing(number: int, text: str = "low", sku: str = "a") -> Change:
    keys = {"sku": {"S": sku}}
    old = keys | {"stock": {"N": "9"}, "least": {"N": "5"}}
    new = old | {"stock": {"N": "1"}, "text": {"S": text}}
    at = f"{1:014}-{number:040}"
    return Change(keys, sku, at, str(number), MADE_S + number, old, new, has_old=True)


def read_actions(rule: Rule, dynamodb: Any) -> list[str]:
    found = dynamodb.scan(TableName=rule.target, ConsistentRead=True)["Items"]
    return sorted(item["text"]["S"] for item in found)


def refuse_large(**arguments: Any) -> None:
    """Refuse what DynamoDB refuses in AWS; the local one takes it in a transaction."""
    if len(str(arguments)) > 400_000:
        error = {"Code": "ValidationException", "Message": "Item size has exceeded 400 KB"}
        raise ClientError({"Error": error}, "TransactWriteItems")


def test_what_can_never_be_written_is_a_gap_and_holds_back_nothing(dynamodb: Any) -> None:
    rule = make_rule(dynamodb)
    target = RuleTarget(rule, Other(dynamodb, "transact_write_items", refuse_large))
    state = target.state.read()
    assert state is not None
    large = crossing(1, "x" * 500_000)
    assert isinstance(target.take([large], state), Failure)  # so the rule is detached in time
    target.state.detach("on purpose")
    assert target.pass_over([large, crossing(2, sku="b")], state) is None
    known = target.state.read()
    assert known is not None
    assert "can neither be acted on nor owed" in known.gap
    assert fill_rule(rule, dynamodb, settle_seconds=0) == 1
    assert read_actions(rule, dynamodb) == ["low"]


def test_an_owed_item_that_cannot_be_put_does_not_stop_the_fill(dynamodb: Any) -> None:
    rule = make_rule(dynamodb)
    target = RuleTarget(rule, dynamodb)
    state = target.state.read()
    assert state is not None
    target.state.detach("on purpose")
    target.pass_over([crossing(1, "x" * 300_000), crossing(2, sku="b")], state)

    def refuse(**arguments: Any) -> None:
        if len(str(arguments)) > 200_000:
            refuse_large(text="x" * 500_000)

    hampered = Other(dynamodb, "transact_write_items", refuse)
    with pytest.raises(FillError, match="is attached; 1 items that it owed are put, and 1 cannot"):
        fill_rule(rule, hampered, settle_seconds=0)
    assert read_actions(rule, dynamodb) == ["low"]
    # It stays owed, until it can be put.
    assert pay_owed(rule, dynamodb).items == 1


def test_two_calls_beside_each_other_lose_nothing_of_an_items_history(dynamodb: Any) -> None:
    rule = make_rule(dynamodb, Decimal(1))
    second = RuleTarget(rule, dynamodb)
    state = second.state.read()
    assert state is not None
    done: list[int] = []

    def be_quicker(**_: Any) -> None:
        if not done:
            done.append(1)
            second.take([crossing(2, "second")], state)

    first = RuleTarget(rule, Other(dynamodb, "transact_write_items", be_quicker))
    assert first.take([crossing(1, "first")], state) is None
    item = dynamodb.get_item(TableName=second.state.name, Key=item_key("a"), ConsistentRead=True)
    assert len(decode_history(item["Item"]).moves) == 2


def test_a_margin_that_comes_later_acts_on_nothing_again(dynamodb: Any) -> None:
    rule = make_rule(dynamodb)
    target = RuleTarget(rule, dynamodb)
    state = target.state.read()
    assert state is not None
    assert target.take([crossing(1)], state) is None
    later = RuleTarget(replace(rule, margin=Decimal(1)), dynamodb)
    assert later.take([crossing(1)], state) is None
    assert read_actions(rule, dynamodb) == ["low"]


def test_a_copy_does_not_take_a_table_with_items_of_others(dynamodb: Any) -> None:
    name = f"copy-{secrets.token_hex(4)}"
    replica = Replica(name, Source(f"{name}-from", ("id",)), f"{name}-to")
    for table in (replica.source.table, replica.target):
        create_side_table(dynamodb, table, ["id"])
    dynamodb.put_item(TableName=replica.target, Item={"id": {"S": "theirs"}})
    with pytest.raises(FillError, match="has items that this sink did not write"):
        begin_sink(replica, dynamodb)
    assert StateTable(dynamodb, name).read() is None
    dynamodb.delete_item(TableName=replica.target, Key={"id": {"S": "theirs"}})
    begin_sink(replica, dynamodb)
    ReplicaFill(replica, dynamodb, settle_seconds=0).run()
    begin_sink(replica, dynamodb)


def test_a_fill_that_was_held_up_waits_for_the_calls_of_meanwhile(dynamodb: Any) -> None:
    name = f"copy-{secrets.token_hex(4)}"
    replica = Replica(name, Source(f"{name}-from", ("id",)), f"{name}-to")
    create_side_table(dynamodb, replica.source.table, ["id"])
    begin_sink(replica, dynamodb)
    StateTable(dynamodb, name).attach()  # so that calls may be about to write
    now = [1_900_000_000]
    reads: list[int] = []

    def sleep_on(**arguments: Any) -> None:
        now[0] += 100
        reads.append(now[0])

    def sleep(seconds: float) -> None:
        now[0] += int(seconds)

    held_up = Other(dynamodb, "transact_write_items", sleep_on)
    ReplicaFill(replica, held_up, settle_seconds=22, now_s=lambda: now[0], sleep=sleep).run()
    assert reads[0] + 22 <= reads[-1] - 100


def test_another_failure_later_is_not_taken_for_the_first(dynamodb: Any) -> None:
    rule = make_rule(dynamodb)
    throttled: list[str] = []

    def throttle(**arguments: Any) -> None:
        if throttled and throttled[0] in str(arguments):
            error = {"Code": "ThrottlingException", "Message": "too fast"}
            raise ClientError({"Error": error}, "TransactWriteItems")

    now = [MADE_S]
    client = Other(dynamodb, "transact_write_items", throttle)
    target = RuleTarget(rule, client, now_s=lambda: now[0])
    consumer = SinkConsumer([target])
    first, second = crossing(1, "one"), crossing(2, "two", sku="b")

    def feed(*changes: Change) -> Any:
        state = target.state.read()
        assert state is not None
        return consumer._take(target, changes, state)

    throttled[:] = ["'one'"]
    assert feed(first, second) is not None
    throttled[:] = ["'two'"]
    now[0] += 1
    assert feed(first, second) is not None
    throttled.clear()
    assert feed(second) is None
    now[0] += 1_000
    throttled[:] = ["'three'"]
    assert feed(crossing(3, "three", sku="c")) is not None
    state = target.state.read()
    assert state is not None
    assert state.status != DETACHED
