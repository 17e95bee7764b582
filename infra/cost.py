"""What the system costs a month: an estimate from list prices, to be read as a magnitude."""

from collections.abc import Mapping
from typing import NamedTuple

# USD, us-east-1, on demand: rounded figures that nobody has compared with https://aws.amazon.com/
# pricing of late; other regions differ by up to a third.
_HOURS = 730
_FARGATE_CPU_HOUR = 0.03238
_FARGATE_GB_HOUR = 0.00356
_BALANCER_HOUR = 0.0225
_BALANCER_UNIT_HOUR = 0.008
_PUBLIC_ADDRESS_HOUR = 0.005
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
# A key, two secrets, and what alarms there are above the ten that are free.
_SMALL_THINGS = 1.0 + 2 * 0.40 + 5 * 0.10


class Load(NamedTuple):
    """A month with one event. `sent_bytes` is what a viewer gets in a second of it."""

    name: str
    donations: int
    viewers: int
    hours: float
    tasks: int
    sent_bytes: float


SMALL = Load("small event", 5_000, 50, 6, 2, 400)
TELETHON = Load("telethon", 1_000_000, 20_000, 24, 6, 1_500)


def estimate(load: Load, parameters: Mapping[str, str]) -> dict[str, float]:
    """Return USD a month by part, for the Redis and the number of containers that are asked for."""
    tasks = int(parameters.get("MinTasks", 2))
    watch = 0.25 * _FARGATE_CPU_HOUR + 0.5 * _FARGATE_GB_HOUR + _PUBLIC_ADDRESS_HOUR
    extra = max(0, load.tasks - tasks) * load.hours
    task_hour = 0.5 * _FARGATE_CPU_HOUR + 1.0 * _FARGATE_GB_HOUR + _PUBLIC_ADDRESS_HOUR
    # Reconcile: a container for about a minute every hour.
    task_hours = tasks * _HOURS + extra + _HOURS / 60
    sent_gb = load.viewers * load.hours * 3600 * load.sent_bytes / 1e9
    units = max(load.viewers / 3000, sent_gb / load.hours)
    # At worst, every donation is a call of its own, 10 ms long.
    calls = load.donations * (_CALL + 0.5 * 0.010 * _CALL_GB_SECOND)
    stored_gb = load.donations * _ITEM_BYTES / 1e9
    # Each hour the table is read twice: verify, then reconcile.
    reads = 2 * _HOURS * load.donations * _ITEM_BYTES / _READ_UNIT_BYTES
    return {
        "load balancer": _HOURS * (_BALANCER_HOUR + 2 * _PUBLIC_ADDRESS_HOUR)
        + load.hours * units * _BALANCER_UNIT_HOUR,
        f"containers ({tasks}, up to {max(tasks, load.tasks)})": task_hours * task_hour
        + watch * _HOURS,
        "Redis": _estimate_redis(load, parameters),
        "function": calls,
        "table": load.donations * _WRITE + reads * _READ + stored_gb * _STORED_GB,
        "data sent": max(0.0, sent_gb - _FREE_SENT_GB) * _SENT_GB,
        "logs, alarms, secrets": _SMALL_THINGS + load.donations * 300 / 1e9 * _LOG_GB,
    }


def describe_cost(parameters: Mapping[str, str]) -> str:
    """Return a table for the terminal."""
    columns = [estimate(load, parameters) for load in (SMALL, TELETHON)]
    lines = [f"  {'USD a month':28}{SMALL.name:>13}{TELETHON.name:>13}"]
    parts = zip(columns[0], columns[0].values(), columns[1].values(), strict=True)
    for name, small, large in parts:
        lines.append(f"  {name.split(' (')[0]:28}{small:13.2f}{large:13.2f}")
    lines.append(
        f"  {'together':28}{sum(columns[0].values()):13.0f}{sum(columns[1].values()):13.0f}"
    )
    lines += [
        f"  {load.name}: {load.donations:,} donations, {load.viewers:,} screens for"
        f" {load.hours:g} hours, {load.tasks} containers meanwhile"
        for load in (SMALL, TELETHON)
    ]
    lines.append(
        "  About what us-east-1 lists, without tax: a magnitude. Your region and your bill decide."
    )
    return "\n".join(lines)


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
