"""Estimates what the system costs a month, and an evening, roughly, from list prices."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from infra.options import Evening
from infra.page_cost import estimate_page

# USD, us-east-1, on demand, rounded. Nobody has compared them with https://aws.amazon.com/pricing
# recently. Other regions differ by up to a third.
_HOURS = 730
_FARGATE_CPU_HOUR = 0.03238
_FARGATE_GB_HOUR = 0.00356
_BALANCER_HOUR = 0.0225
_BALANCER_UNIT_HOUR = 0.008
_PUBLIC_ADDRESS_HOUR = 0.005
# Half a core and 1 GB (the template's TaskCpu and TaskMemory), and a public address.
_TASK_HOUR = 0.5 * _FARGATE_CPU_HOUR + 1.0 * _FARGATE_GB_HOUR + _PUBLIC_ADDRESS_HOUR
_NODE_HOUR = {
    "cache.t4g.micro": 0.0128,
    "cache.t4g.small": 0.0256,
    "cache.t4g.medium": 0.052,
    "cache.m7g.large": 0.1264,
    "cache.r7g.large": 0.1752,
}
_DEFAULT_NODES = {"node": "cache.t4g.small", "durable": "cache.m7g.large"}
_SERVERLESS_MINIMUM = 6.1
_SERVERLESS_GB_HOUR = 0.084
_SERVERLESS_MILLION_UNITS = 0.0023
_CALL = 0.20e-6
_CALL_GB_SECOND = 0.0000133334
_WRITE = 0.625e-6
_READ = 0.125e-6
_READ_UNIT_BYTES = 4096
_ITEM_BYTES = 500
_STORED_GB = 0.25 + 0.20
_SENT_GB = 0.09
_FREE_SENT_GB = 100
_LOG_GB = 0.50
# A firewall's list of rules, and each rule; requests are 0.60 a million, which is not estimated.
_GUARD = 5.0
_GUARD_RULE = 1.0
# A key, four secrets, and the alarms beyond the ten free ones.
_SMALL_THINGS = 1.0 + 4 * 0.40 + 6 * 0.10
# The crew's secrets (code, key, Redis' two) and alarm; the sources' secret, alarms and metrics.
_CREW_THINGS = 4 * 0.40 + 0.10
_INTAKE_THINGS = 0.40 + 5 * 0.10 + 5 * 0.30
# The alarm of the totals and its metric.
_TOTALS_THINGS = 0.10 + 0.30
# One core and 2 GB, and a public address (templates/explore.yaml).
_EXPLORE_HOUR = _FARGATE_CPU_HOUR + 2 * _FARGATE_GB_HOUR + _PUBLIC_ADDRESS_HOUR
# Its two secrets, alarms and metrics, and the zone of its name in the network.
_EXPLORE_THINGS = 2 * 0.40 + 4 * 0.10 + 2 * 0.30 + 0.50
# The keys are read once a minute.
_SECRET_READ = 0.05 / 10_000
# The rows that a donation has besides: its journal entry or its state at the provider.
_CREW_WRITES = 2

# Bytes of events, measured on a socket of the web app with the example's board, five platforms and
# ten minutes of donations (tests/infra/test_cost.py measures them again).
STATUS_BYTES = 216
UPDATE_BYTES = 375
SNAPSHOT_BYTES = 3_000
# The most that the display's files may have, compressed; the same test measures what they have.
PAGE_BYTES = 90_000
# Headers of TCP, IP, TLS and HTTP/2 around each event, which also cost money: estimated.
_AROUND_BYTES = 100
# The heartbeat, and the most updates a second (webapp/hub.py).
_STATUS_SECONDS = 10
_MOST_UPDATES_A_SECOND = 20


class Load(NamedTuple):
    """A month with one event, with its donations, screens and hours."""

    name: str
    donations: int
    screens: int
    hours: float
    tasks: int
    # Of the page, with PUBLIC=1.
    viewers: int

    @property
    def sent_gb(self) -> float:
        """GB sent to all screens during the event, if each is open all the time."""
        seconds = self.hours * 3600
        updates = min(self.donations, _MOST_UPDATES_A_SECOND * seconds)
        one: float = PAGE_BYTES + SNAPSHOT_BYTES
        one += seconds / _STATUS_SECONDS * (STATUS_BYTES + _AROUND_BYTES)
        one += updates * (UPDATE_BYTES + _AROUND_BYTES)
        return self.screens * one / 1e9


SMALL = Load("small event", 5_000, 50, 6, 2, 1_000)
TELETHON = Load("telethon", 1_000_000, 20_000, 24, 6, 100_000)


def make_load(evening: Evening, parameters: Mapping[str, str]) -> Load:
    """Return the load of the evening that the operator describes."""
    per_task = int(parameters.get("ClientsPerTask", 4000))
    tasks = max(int(parameters.get("MinTasks", 2)), math.ceil(evening.screens / per_task))
    return Load("yours", evening.donations, evening.screens, evening.hours, tasks, evening.viewers)


def estimate(load: Load, parameters: Mapping[str, str]) -> dict[str, float]:
    """Return USD a month by part, for the chosen Redis and number of containers."""
    tasks = int(parameters.get("MinTasks", 2))
    # A quarter of a core: the watch, and the sinks of totals.
    watch = 0.25 * _FARGATE_CPU_HOUR + 0.5 * _FARGATE_GB_HOUR + _PUBLIC_ADDRESS_HOUR
    # Reconcile: a container for about a minute every hour.
    task_hours = tasks * _HOURS + _HOURS / 60
    stored_gb = load.donations * _ITEM_BYTES / 1e9
    # Each hour the table is read twice: verify, then reconcile.
    reads = 2 * _HOURS * load.donations * _ITEM_BYTES / _READ_UNIT_BYTES
    return {
        "load balancer": _HOURS * (_BALANCER_HOUR + 2 * _PUBLIC_ADDRESS_HOUR),
        "firewall": _estimate_guard(parameters),
        "containers": task_hours * _TASK_HOUR + watch * _HOURS,
        "crew and intake": _estimate_crew(load, parameters),
        "totals and page": _estimate_totals(load, parameters, watch),
        "SQL": _estimate_explore(load, parameters),
        "Redis": _estimate_redis(load, parameters),
        "table": reads * _READ + stored_gb * _STORED_GB,
        "logs, alarms, secrets": _SMALL_THINGS + load.donations * 300 / 1e9 * _LOG_GB,
        "the evening": estimate_evening(load, parameters),
    }


def estimate_evening(load: Load, parameters: Mapping[str, str]) -> float:
    """Return the USD that an event adds to the monthly cost: data, containers, donations."""
    extra_tasks = max(0, load.tasks - int(parameters.get("MinTasks", 2)))
    units = max(load.screens / 3000, load.sent_gb / load.hours)
    # In the worst case every donation is a call of its own, 10 ms long.
    calls = load.donations * (_CALL + 0.5 * 0.010 * _CALL_GB_SECOND)
    return (
        max(0.0, load.sent_gb - _FREE_SENT_GB) * _SENT_GB
        + load.hours * (units * _BALANCER_UNIT_HOUR + extra_tasks * _TASK_HOUR)
        + load.donations * _WRITE
        + calls
    )


def describe_cost(parameters: Mapping[str, str], evening: Evening | None = None) -> str:
    """Return a table for the terminal."""
    loads = [SMALL, TELETHON, *([make_load(evening, parameters)] if evening else [])]
    columns = [estimate(load, parameters) for load in loads]
    lines = ["  " + f"{'USD a month':24}" + "".join(f"{load.name:>13}" for load in loads)]
    lines += [
        "  " + f"{name:24}" + "".join(f"{column[name]:13.2f}" for column in columns)
        for name in columns[0]
    ]
    lines.append(
        "  " + f"{'together':24}" + "".join(f"{sum(column.values()):13.0f}" for column in columns)
    )
    lines += [
        f"  {load.name}: {load.donations:,} donations, {load.screens:,} screens for"
        f" {load.hours:g} hours, {load.tasks} containers during the event;"
        f" {load.sent_gb * 1e3 / load.screens:,.1f} MB a screen, {load.sent_gb:,.1f} GB in total"
        for load in loads
    ]
    if parameters.get("Public") == "1":
        lines += [
            f"  {load.name}: {load.viewers:,} viewers of the page all the time" for load in loads
        ]
    lines += [
        f"  At {_SENT_GB} USD a GB sent (a month's first {_FREE_SENT_GB} are free),",
        f"  {_TASK_HOUR:.4f} an hour of a container, {_BALANCER_HOUR} of the load balancer: about",
        "  the list prices of us-east-1, without tax. A rough estimate: your bill decides.",
        "  For your own event: make cost SCREENS=500 HOURS=6 DONATIONS=3000"
        + (" VIEWERS=10000" if parameters.get("Public") == "1" else ""),
    ]
    return "\n".join(lines)


def _estimate_guard(parameters: Mapping[str, str]) -> float:
    """Return what the limits of requests cost; the crew's are on unless they are 0."""
    rules = [
        parameters.get("RateLimit", "0") != "0",
        _has_crew(parameters) and parameters.get("CrewRateLimit") != "0",
        _has_intake(parameters) and parameters.get("IntakeRateLimit") != "0",
    ]
    return _GUARD + sum(rules) * _GUARD_RULE if any(rules) else 0.0


def _estimate_crew(load: Load, parameters: Mapping[str, str]) -> float:
    if not _has_crew(parameters):
        return 0.0
    things = _CREW_THINGS + (_INTAKE_THINGS if _has_intake(parameters) else 0.0)
    # A transaction writes each row twice.
    return _HOURS * _TASK_HOUR + things + load.donations * _CREW_WRITES * 2 * _WRITE


def _estimate_totals(load: Load, parameters: Mapping[str, str], container_hour: float) -> float:
    """Return what the sinks of totals cost: their container and alarm, tables, and the page."""
    has_tables, has_pages = parameters.get("TotalsTables"), parameters.get("TotalsPages")
    has_public = parameters.get("Public") == "1"
    if not (has_tables or has_pages or has_public):
        return 0.0
    cost = container_hour * _HOURS + _TOTALS_THINGS
    if has_tables:
        # ALL every 10 s and at every change, at most once a second, with a group each time.
        changes = min(load.donations, load.hours * 3600)
        cost += len(str(has_tables).split(",")) * (_HOURS * 360 + 2 * changes) * _WRITE
    if has_public or has_pages:
        cost += estimate_page(load.viewers if has_public else 0, load.hours, _HOURS)
    return cost


def _estimate_explore(load: Load, parameters: Mapping[str, str]) -> float:
    """Return what answering SQL costs: its container, and what the sink notes of each batch."""
    if parameters.get("Explore") != "1":
        return 0.0
    things = _EXPLORE_THINGS + _HOURS * 60 * _SECRET_READ
    # A look each 10 s; and in the worst case a donation is a batch: its file, and what was taken.
    looks = _HOURS * 360 * 2 * _READ
    return _HOURS * _EXPLORE_HOUR + things + looks + load.donations * 2 * _WRITE


def _has_crew(parameters: Mapping[str, str]) -> bool:
    return parameters.get("Crew") == "1"


def _has_intake(parameters: Mapping[str, str]) -> bool:
    return _has_crew(parameters) and bool(parameters.get("IntakeFile"))


def _estimate_redis(load: Load, parameters: Mapping[str, str]) -> float:
    kind = parameters.get("Redis", "node")
    if kind == "existing":
        return 0.0
    if kind == "serverless":
        used = load.donations * (_SERVERLESS_MILLION_UNITS * 3) / 1e6
        gigabytes = load.donations * 200 / 1e9
        return max(_SERVERLESS_MINIMUM, gigabytes * _HOURS * _SERVERLESS_GB_HOUR) + used
    node = parameters.get("RedisNodeType") or _DEFAULT_NODES[kind]
    return 2 * _HOURS * _NODE_HOUR.get(node, _NODE_HOUR["cache.m7g.large"])
