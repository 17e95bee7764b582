"""Makes the record sinks that are at work from their definitions."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sinks.acting import RuleTarget
from sinks.call_time import CallTime
from sinks.clickhouse.server import Server
from sinks.clickhouse.target import ClickHouseTarget
from sinks.definition import Sink
from sinks.kinds.clickhouse import ClickHouse
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.kinds.sql import Sql
from sinks.replicating import ReplicaTarget
from sinks.sql_service import SqlFeed
from sinks.sql_target import SqlTarget
from sinks.target import Target

logger = logging.getLogger("tallyboard")


def make_targets(
    sinks: Iterable[Sink],
    dynamodb: Any,
    now_s: Callable[[], float] = time.time,
    sql: SqlFeed | None = None,
    environment: Mapping[str, str] | None = None,
    call_time: CallTime | None = None,
) -> list[Target]:
    """Return a target for each record sink; `dynamodb` is a boto3 client, which they share.

    `sql` is the service that keeps the rows of SQL sinks; without it they are not fed.
    `environment` has the passwords of ClickHouse; one that is missing makes its sink fail, which
    says so. `call_time` is what the present call of the function has left.
    """
    targets: list[Target] = []
    for sink in sinks:
        if isinstance(sink, Replica):
            targets.append(ReplicaTarget(sink, dynamodb, now_s=now_s))
        elif isinstance(sink, Rule):
            targets.append(RuleTarget(sink, dynamodb, now_s=now_s))
        elif isinstance(sink, ClickHouse):
            server = Server(sink, environment or {}, call_time)
            targets.append(ClickHouseTarget(sink, dynamodb, server, now_s=now_s))
        elif isinstance(sink, Sql) and sql is not None:
            targets.append(SqlTarget(sink, dynamodb, sql, now_s=now_s))
        elif isinstance(sink, Sql):
            logger.error("sink %s is not fed: set EXPLORE_FEED to its service", sink.name)
    return targets
