"""A call of the sinks' function ends in time, and a slow target holds up only its own sink."""

import time
from typing import Any

import pytest

from local.dynamodb import connect_dynamodb
from sinks.call_time import CallTime, OutOfTime, TimedClient
from sinks.sink_state import ATTACHED
from tests.infra.fed_sinks import Fed, Stock

_CALL_SECONDS = 5.0
_REQUEST_SECONDS = 1.2
# Eight requests of the copy run side by side, so it has time for some 24 of 40.
_SLOW_SECONDS = 1.0


class Context:
    """What Lambda passes to a call of the function, which ends after some seconds."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self.end - time.monotonic()) * 1000))


def test_what_a_slow_copy_did_not_take_in_time_comes_again_and_the_rule_has_all(
    dynamodb: Any,
) -> None:
    fed = Fed(dynamodb)
    copy, rule = fed.sinks
    # Every tenth change is a crossing.
    changes = [
        Stock(1000 + number, f"tea-{number}", 9, 4 if number % 10 == 0 else 8)
        for number in range(40)
    ]
    call = CallTime()
    with fed.guarded(slow_seconds=_SLOW_SECONDS, time=call, request_seconds=_REQUEST_SECONDS) as (
        _,
        consumer,
    ):
        left, calls = changes, 0
        while left:
            context = Context(_CALL_SECONDS)
            call.begin(context)
            response = consumer.consume(fed.make_event(*left))
            assert time.monotonic() < context.end
            # All of it was taken in the first call: later ones put nothing.
            assert fed.count(rule.target) == 4
            failures = response["batchItemFailures"]
            first = int(failures[0]["itemIdentifier"]) if failures else 2000
            taken = [change for change in left if change.number < first]
            assert taken, "it takes some in each call"
            items = dynamodb.scan(TableName=copy.target, ConsistentRead=True)["Items"]
            assert {change.sku for change in taken} <= {item["sku"]["S"] for item in items}
            left, calls = left[len(taken) :], calls + 1
    assert 2 <= calls <= 5
    assert fed.count(copy.target) == 40
    for sink in fed.sinks:
        state = fed.read_state(sink)
        assert (state.status, state.failing_since) == (ATTACHED, "")
        assert state.taken


def test_no_request_begins_that_may_not_end_in_time(dynamodb: Any) -> None:
    fed, call = Fed(dynamodb), CallTime()
    client = TimedClient(connect_dynamodb(dynamodb.meta.endpoint_url), call, request_seconds=7)
    item = {"TableName": fed.table, "Key": {"sku": {"S": "tea"}}}
    put = [{"Put": {"TableName": fed.table, "Item": {"sku": {"S": "tea"}}}}]
    call.begin(Context(13))
    client.get_item(**item)
    with pytest.raises(OutOfTime, match=r"had only 1[23]\.\d s left"):
        client.transact_write_items(TransactItems=put)
    call.begin(Context(6))
    with pytest.raises(OutOfTime):
        client.get_item(**item)
    # A context without a limit.
    call.begin(None)
    client.transact_write_items(TransactItems=put)
    client.get_item(**item)
    client.close()
