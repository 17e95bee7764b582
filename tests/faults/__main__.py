"""Runs random faults, and prints in how many runs the totals are exact at the end.

    python -m tests.faults --runs 500 [--without-guard] [--first SEED] [--rounds N] [--server PATH]

Prints faults × runs × exact, and the seed of every run that was not exact.
"""

import argparse
import multiprocessing
import sys
import time
from collections import Counter

from tests.conftest import find_redis_servers
from tests.faults.parts import RUNS_PER_PART, run_part
from tests.faults.runs import Outcome

_PROCESSES = 2


def main() -> int:
    """Print the table; return 1 if a run was not exact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--rounds", type=int, default=1, help="later rounds meet a live screen")
    parser.add_argument("--server", default=find_redis_servers()[0], help="the Redis server to run")
    parser.add_argument(
        "--without-guard", action="store_true", help="take the guard of the scan out: it must fail"
    )
    arguments = parser.parse_args()
    end = arguments.first + arguments.runs
    parts = [
        (
            range(first, min(first + RUNS_PER_PART, end)),
            arguments.server,
            arguments.without_guard,
            arguments.rounds,
        )
        for first in range(arguments.first, end, RUNS_PER_PART)
    ]
    began = time.monotonic()
    outcomes: list[Outcome] = []
    with multiprocessing.get_context("spawn").Pool(_PROCESSES) as pool:
        for part in pool.imap_unordered(run_part, parts):
            outcomes += part
            wrong = sum(bool(outcome.wrong) for outcome in outcomes)
            print(f"{len(outcomes)} runs, {wrong} not exact", file=sys.stderr, flush=True)
    print(f"server: {arguments.server}; {time.monotonic() - began:.0f} s")
    print_table(outcomes)
    return 1 if any(outcome.wrong for outcome in outcomes) else 0


def print_table(outcomes: list[Outcome]) -> None:
    runs: Counter[str] = Counter()
    times: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    for outcome in outcomes:
        for name in (*outcome.faults, "all"):
            runs[name] += 1
            times[name] += outcome.faults[name]
            exact[name] += not outcome.wrong
    times["all"] = sum(times.values())
    width = max(map(len, runs))
    print(f"{'fault'.ljust(width)}  {'times':>7}  {'runs':>6}  {'exact':>6}")
    for name in (*sorted(runs.keys() - {"all"}), "all"):
        print(f"{name.ljust(width)}  {times[name]:>7,}  {runs[name]:>6,}  {exact[name]:>6,}")


if __name__ == "__main__":
    sys.exit(main())
