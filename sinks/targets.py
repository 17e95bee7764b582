"""Makes the record sinks that are at work from their definitions."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from sinks.acting import RuleTarget
from sinks.definition import Sink
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.replicating import ReplicaTarget
from sinks.target import Target


def make_targets(
    sinks: Iterable[Sink], dynamodb: Any, now_s: Callable[[], float] = time.time
) -> list[Target]:
    """Return a target for each record sink; `dynamodb` is a boto3 client, which they share."""
    targets: list[Target] = []
    for sink in sinks:
        if isinstance(sink, Replica):
            targets.append(ReplicaTarget(sink, dynamodb, now_s=now_s))
        elif isinstance(sink, Rule):
            targets.append(RuleTarget(sink, dynamodb, now_s=now_s))
    return targets
