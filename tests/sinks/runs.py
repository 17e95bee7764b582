"""The kinds of random runs."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.sinks.replica_run import run_replica
from tests.sinks.rule_run import run_rule

# A run of a seed on a DynamoDB, without a guard; it returns what is wrong at its end.
Run = Callable[[int, Any, str], list[str]]
RUNS: Mapping[str, Run] = {"replica": run_replica, "rule": run_rule}
