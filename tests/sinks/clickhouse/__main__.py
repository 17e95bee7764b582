"""Runs a ClickHouse sink at random, with faults, and prints how many runs are exact.

    python -m tests.sinks.clickhouse --runs 200 [--first SEED] [--without GUARD] [--processes 1]

With `--without`, a guard is taken out: then runs must fail.
"""

import argparse
import sys

from tests.many_runs import run_parts, split_seeds
from tests.sinks.clickhouse.parts import run_part
from tests.sinks.clickhouse.run import GUARDS

_PART_RUNS = 20


def main() -> int:
    """Print the seeds of runs that are not exact; return 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--without", choices=GUARDS, default="", help="a guard to take out")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    seeds = split_seeds(arguments.first, arguments.runs, _PART_RUNS)
    parts = [(of_part, arguments.without) for of_part in seeds]
    told = run_parts(run_part, parts, arguments.processes)
    print(f"{told.done} runs, {told.wrong} not exact; {told.seconds:.0f} s")
    return 1 if told.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
