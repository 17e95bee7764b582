"""The limits of the engine."""

import os
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """What queries may take. Memory and disk are of all boards together."""

    memory_mb: int = 512
    # One sort or aggregation, so that a single query does not take all.
    operator_mb: int = 128
    temporary_mb: int = 2048
    # What the process may have beyond `memory_mb`: code, stacks, what DuckDB does not count.
    process_extra_mb: int = 1024
    # How many queries run at once, and how many may wait.
    workers: int = field(default_factory=lambda: max(2, os.cpu_count() or 2))
    queue: int = 32
    longest_ms: int = 10_000
    # A query that does not end so long after its time ends with the whole process.
    grace_ms: int = 2_000
    answer_mb: int = 10
