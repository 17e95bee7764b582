"""Random runs beside the real stream of the local DynamoDB, as `python -m tests.explore` makes."""

from pathlib import Path
from typing import Any

import pytest

from tests.explore.run import run_world


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_rows_and_their_sums_are_those_of_the_table_whatever_happens(
    seed: int, dynamodb: Any, tmp_path: Path
) -> None:
    assert run_world(seed, dynamodb, tmp_path) == []
