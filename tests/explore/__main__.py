"""Runs rows beside the local DynamoDB's stream at random, with faults; prints how many are exact.

    python -m tests.explore --runs 100 [--first SEED] [--without GUARD] [--processes 2]

With `--without`, a guard is taken out of the engine: then runs must fail.
"""

import argparse
import multiprocessing
import sys
import time

from tests.explore.engine_without import GUARDS
from tests.explore.parts import run_part

_PART_RUNS = 10


def main() -> int:
    """Print the seeds of runs that are not exact; return 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--without", choices=GUARDS, default="", help="a guard to take out")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    end = arguments.first + arguments.runs
    parts = [
        (range(first, min(first + _PART_RUNS, end)), arguments.without)
        for first in range(arguments.first, end, _PART_RUNS)
    ]
    began = time.monotonic()
    done, wrong = 0, 0
    with multiprocessing.get_context("spawn").Pool(arguments.processes, maxtasksperchild=1) as pool:
        for count, told in pool.imap_unordered(run_part, parts):
            done, wrong = done + count, wrong + len(told)
            for text in told:
                print(text)
            print(f"{done} runs, {wrong} not exact", file=sys.stderr, flush=True)
    seconds = time.monotonic() - began
    without = f" without the guard {arguments.without!r}" if arguments.without else ""
    print(f"{done} runs{without}, {wrong} not exact; {seconds:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
