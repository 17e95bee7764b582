"""Some runs for a separate process, which must start with an importable function."""

import faulthandler
import logging
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from tests.faults.runs import GUARDS, Outcome, run_seed
from tests.faults.servers import Servers

# The number of runs that share servers.
RUNS_PER_PART = 10


def run_part(part: tuple[range, str, bool, int]) -> list[Outcome]:
    """Run seeds on two new servers."""
    seeds, server, is_broken, rounds = part
    logging.getLogger("tallyboard").setLevel(logging.CRITICAL)
    # If a run hangs, print where.
    faulthandler.dump_traceback_later(RUNS_PER_PART * 30, exit=True)
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        servers = Servers(server, Path(folder) / "servers")
        try:
            for seed in seeds:
                with GUARDS["of the scan"][0]() if is_broken else nullcontext():
                    outcome = run_seed(seed, servers, rounds)
                if outcome.wrong:
                    print(f"seed {seed}: {outcome.wrong[:300]}", file=sys.stderr, flush=True)
                outcomes.append(outcome)
        finally:
            servers.close()
    faulthandler.cancel_dump_traceback_later()
    return outcomes
