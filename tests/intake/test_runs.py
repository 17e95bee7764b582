"""Whatever comes, however often, and whatever fails: the totals are the providers' truth.

`python -m tests.intake` does the same with ten thousand donations.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from tests.intake.runs import GUARDS, Outcome, run
from tests.intake.senders import ALL_SOURCES, open_sources

Run = Callable[[int, int], Outcome]


@pytest.fixture
def run_(dynamodb: Any, gala: Board, tmp_path: Path) -> Run:
    sources = open_sources(tmp_path, gala, ALL_SOURCES)
    return lambda seed, donations: run(dynamodb, gala, sources, seed, donations)


@pytest.mark.timeout(240)
def test_totals_are_the_providers_truth_whatever_fails(run_: Run) -> None:
    outcome = run_(1, 200)
    assert outcome.wrong == ""
    assert len(outcome.totals) == 3
    assert outcome.lives > 5
    assert min(outcome.faults.values()) > 5
    assert len(outcome.faults) == 5


@pytest.mark.timeout(240)
@pytest.mark.parametrize("guard", GUARDS)
def test_without_a_guard_the_totals_are_wrong(run_: Run, guard: str) -> None:
    """Otherwise the runs would prove nothing."""
    with GUARDS[guard]():
        # Threads are not in the same order each time.
        assert any("the board has" in run_(seed, 50).wrong for seed in (2, *range(3, 12)))
