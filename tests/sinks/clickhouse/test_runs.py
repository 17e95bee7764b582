"""Random runs of a sink in ClickHouse: calls and fills interleave, fail, die and come again."""

from pathlib import Path
from typing import Any

import pytest

from tests.sinks.clickhouse.conftest import MakeSink
from tests.sinks.clickhouse.run import GUARDS, make_run_sink, run_clickhouse

# For each guard, a seed whose run is not exact without it, and exact with it. When the runs change,
# look for others: `python -m tests.sinks.clickhouse --without skip`.
CAUGHT = {"place": 14, "era": 25, "skip": 25, "tombstone": 14, "mark": 14}


@pytest.mark.parametrize("seed", sorted({*CAUGHT.values(), 101}))
def test_random_runs_are_exact(
    seed: int, dynamodb: Any, make_sink: MakeSink, tmp_path: Path
) -> None:
    sink = make_sink()
    assert run_clickhouse(seed, dynamodb, make_run_sink(tmp_path, sink.name, sink)) == []


@pytest.mark.parametrize("guard", GUARDS)
def test_a_run_without_a_guard_is_not_exact(
    guard: str, dynamodb: Any, make_sink: MakeSink, tmp_path: Path
) -> None:
    sink = make_sink()
    own = make_run_sink(tmp_path, sink.name, sink)
    assert run_clickhouse(CAUGHT[guard], dynamodb, own, guard) != []
