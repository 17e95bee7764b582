"""Sinks are exact under duplicates, zombies, crashes and fills, and each guard is needed.

`python -m tests.sinks --runs 1000` makes more of these runs; with `--without GUARD` they fail.
"""

from typing import Any

import pytest

from tests.sinks.actors import GUARDS
from tests.sinks.runs import RUNS, Run

# For each guard, a seed whose run is not exact without it. When the runs themselves change, look
# for others: `python -m tests.sinks --kind replica --without item`.
CAUGHT = {
    ("replica", "newer"): 2,
    ("replica", "tombstone"): 2,
    ("replica", "stream"): 1,
    ("replica", "item"): 44,
    ("replica", "fill"): 12,
    ("replica", "cut"): 22,
    ("replica", "settle"): 31,
    ("replica", "age"): 7,
    ("rule", "mark"): 1,
    ("rule", "age"): 4,
}
_MOST_SEEDS = 61


@pytest.mark.parametrize("kind", RUNS)
@pytest.mark.parametrize("seed", range(101, 104))
def test_random_runs_are_exact(kind: str, seed: int, dynamodb: Any) -> None:
    assert RUNS[kind](seed, dynamodb, "") == []


@pytest.mark.parametrize(("kind", "guard"), CAUGHT)
def test_a_run_without_a_guard_is_not_exact(kind: str, guard: str, dynamodb: Any) -> None:
    first = CAUGHT[kind, guard]
    assert RUNS[kind](first, dynamodb, "") == []
    # Calls beside each other are not in the same order each time.
    seeds = (first, first, *range(1, _MOST_SEEDS))
    assert any(goes_wrong(RUNS[kind], seed, dynamodb, guard) for seed in seeds)


def goes_wrong(run: Run, seed: int, dynamodb: Any, guard: str) -> bool:
    try:
        return run(seed, dynamodb, guard) != []
    except AssertionError:
        # Two calls may refuse each other forever.
        return True


def test_every_guard_has_a_seed() -> None:
    assert {(kind, guard) for kind, guards in GUARDS.items() for guard in guards} == CAUGHT.keys()
