"""Sinks are exact under duplicates, zombies, crashes and fills, and each guard is needed."""

from typing import Any

import pytest

from tests.sinks.runs import RUNS


@pytest.mark.parametrize("kind", RUNS)
@pytest.mark.parametrize("seed", range(1, 9))
def test_random_runs_are_exact(kind: str, seed: int, dynamodb: Any) -> None:
    assert RUNS[kind](seed, dynamodb, "") == []
