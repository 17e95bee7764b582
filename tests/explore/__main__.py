"""Runs rows beside the local DynamoDB's stream at random, with faults; prints how many are exact.

    python -m tests.explore --runs 100 [--first SEED] [--without GUARD] [--processes 2]

With `--without`, a guard is taken out of the engine: then runs must fail.
"""

import argparse
import sys

from tests.explore.engine_without import GUARDS
from tests.explore.parts import run_part
from tests.many_runs import run_parts, split_seeds

_PART_RUNS = 10


def main() -> int:
    """Print the seeds of runs that are not exact; return 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--without", choices=GUARDS, default="", help="a guard to take out")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    seeds = split_seeds(arguments.first, arguments.runs, _PART_RUNS)
    parts = [(of_part, arguments.without) for of_part in seeds]
    told = run_parts(run_part, parts, arguments.processes)
    without = f" without the guard {arguments.without!r}" if arguments.without else ""
    print(f"{told.done} runs{without}, {told.wrong} not exact; {told.seconds:.0f} s")
    return 1 if told.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
