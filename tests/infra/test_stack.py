"""A failed stack reports the cause."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from infra.errors import DeployError
from infra.stack import Stack

OLD = {
    "LogicalResourceId": "Redis",
    "ResourceStatus": "CREATE_FAILED",
    "ResourceStatusReason": "old",
}
BEGUN = {
    "LogicalResourceId": "tally",
    "ResourceStatus": "UPDATE_IN_PROGRESS",
    "ResourceStatusReason": "User Initiated",
}


def event(resource: str, reason: str, status: str = "CREATE_FAILED") -> dict[str, str]:
    return {
        "LogicalResourceId": resource,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


class CloudFormation:
    """One stack that has failed, and its events, newest first, two on a page."""

    def __init__(self, events: Sequence[dict[str, str]]) -> None:
        self._events = events

    def execute_change_set(self, **_: str) -> None:
        """Change nothing."""

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        return {"Stacks": [{"StackStatus": "UPDATE_ROLLBACK_COMPLETE"}]}

    def get_paginator(self, name: str) -> "CloudFormation":
        assert name == "describe_stack_events"
        return self

    def paginate(self, **_: str) -> Iterator[dict[str, Any]]:
        for first in range(0, len(self._events), 2):
            yield {"StackEvents": self._events[first : first + 2]}


def test_the_cause_comes_first_and_what_it_cancelled_is_left_out() -> None:
    after = [event(f"Subnet{n}", "Resource creation cancelled") for n in range(20)]
    rollback = [event("Vpc", "", "DELETE_COMPLETE") for _ in range(20)]
    causes = [event("Balancer", "the second"), event("Service", "the cause")]
    stack = Stack(CloudFormation([*rollback, *after, *causes, BEGUN, OLD]), "tally", lambda _: None)
    with pytest.raises(DeployError) as raised:
        stack.apply()
    assert str(raised.value).splitlines()[1:] == ["  Service: the cause", "  Balancer: the second"]
