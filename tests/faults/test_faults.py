"""Whatever fault happens, after reconcile and drain the totals equal the table's.

`python -m tests.faults` executes hundreds of such runs.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import find_redis_servers
from tests.faults.runs import GUARDS, run_seed
from tests.faults.servers import Servers

# Each run takes seconds, and all of them take minutes on a busy machine.
pytestmark = pytest.mark.timeout(600)

_SEEDS = range(1, 9)
_MANY_SEEDS = range(1, 61)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    servers = Servers(find_redis_servers()[0], tmp_path / "servers")
    yield servers
    servers.close()


def test_whatever_fails_the_totals_are_those_of_the_table(servers: Servers) -> None:
    # Every other run goes on with a live screen.
    outcomes = [run_seed(seed, servers, rounds=1 + seed % 2) for seed in _SEEDS]
    assert [(outcome.seed, outcome.wrong) for outcome in outcomes if outcome.wrong] == []
    assert len({fault for outcome in outcomes for fault in outcome.faults}) >= 10


@pytest.mark.parametrize("guard", GUARDS)
def test_without_a_guard_the_runs_go_wrong(servers: Servers, guard: str) -> None:
    """Otherwise the runs would prove nothing."""
    without, shows = GUARDS[guard]
    with without():
        # The seal is needed where data is lost while the screen is live.
        rounds = 3 if guard == "of the seal" else 1
        outcomes = (run_seed(seed, servers, rounds).wrong for seed in _MANY_SEEDS)
        assert any(wrong and shows in wrong for wrong in outcomes)
