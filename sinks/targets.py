"""Makes the record sinks that are at work from their definitions."""

from collections.abc import Iterable
from typing import Any

from sinks.acting import RuleTarget
from sinks.definition import Sink
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.replicating import ReplicaTarget
from sinks.target import Target


def make_targets(sinks: Iterable[Sink], dynamodb: Any) -> list[Target]:
    """Return a target for each record sink; `dynamodb` is a boto3 client, which they share."""
    targets: list[Target] = []
    for sink in sinks:
        if isinstance(sink, Replica):
            targets.append(ReplicaTarget(sink, dynamodb))
        elif isinstance(sink, Rule):
            targets.append(RuleTarget(sink, dynamodb))
    return targets
