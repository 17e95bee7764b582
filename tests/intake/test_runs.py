"""Whatever comes, however often, and whatever fails: the totals are the providers' truth.

`python -m tests.intake` does the same with ten thousand donations.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from tests.intake.guards import GUARDS
from tests.intake.runs import Evening, Outcome, run

Run = Callable[[int, int], Outcome]


@pytest.fixture
def run_(dynamodb: Any, make_board: Callable[..., Board], tmp_path: Path) -> Run:
    def run_one(seed: int, donations: int) -> Outcome:
        folder = tmp_path / str(seed)
        folder.mkdir()
        return run(Evening(dynamodb, make_board, folder), seed, donations)

    return run_one


@pytest.mark.timeout(240)
def test_totals_are_the_providers_truth_whatever_fails(run_: Run) -> None:
    outcome = run_(1, 250)
    assert outcome.wrong == ""
    # Five groups of donations, and three options of each of two polls.
    assert len(outcome.totals) == 5 + 2 * 3
    assert outcome.lives > 10
    # Threads meet the rarest of the seven kinds in most evenings, not in each.
    assert len(outcome.faults) >= 5
    assert min(outcome.faults.values()) > 0


@pytest.mark.timeout(240)
@pytest.mark.parametrize("guard", GUARDS)
def test_without_a_guard_the_totals_are_wrong(run_: Run, guard: str) -> None:
    """Otherwise the runs would prove nothing."""
    with GUARDS[guard]():
        # Threads are not in the same order each time.
        assert any("the boards have" in run_(seed, 80).wrong for seed in range(2, 32))
