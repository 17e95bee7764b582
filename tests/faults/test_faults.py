"""Whatever befalls the parts, after reconcile and drain the totals are the table's.

`benchmarks/faults.py` lives through hundreds of such runs.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import find_redis_servers
from tests.faults.runs import run_seed, without_guard
from tests.faults.servers import Servers

_SEEDS = range(1, 13)
_MANY_SEEDS = range(1, 16)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    servers = Servers(find_redis_servers()[0], tmp_path / "servers")
    yield servers
    servers.close()


def test_whatever_fails_the_totals_are_those_of_the_table(servers: Servers) -> None:
    outcomes = [run_seed(seed, servers) for seed in _SEEDS]
    assert [(outcome.seed, outcome.wrong) for outcome in outcomes if outcome.wrong] == []
    assert len({fault for outcome in outcomes for fault in outcome.faults}) >= 10


def test_without_the_guard_of_the_scan_totals_go_wrong(servers: Servers) -> None:
    """Else the runs would prove nothing."""
    with without_guard():
        assert any(run_seed(seed, servers).wrong for seed in _MANY_SEEDS)
