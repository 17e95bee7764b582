"""Runs sinks at random, with faults, and prints how many runs are exact.

    python -m tests.sinks --runs 1000 [--kind rule] [--first SEED] [--without GUARD] [--processes 1]

With `--without`, a guard is taken out: then runs must fail.
"""

import argparse
import multiprocessing
import sys
import time

from tests.sinks.actors import GUARDS
from tests.sinks.parts import run_part
from tests.sinks.runs import RUNS

_PART_RUNS = 25


def main() -> int:
    """Print the seeds of runs that are not exact; return 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="of each kind")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--kind", choices=sorted(RUNS), help="only this kind")
    guards = [guard for of_kind in GUARDS.values() for guard in of_kind]
    parser.add_argument("--without", choices=guards, default="", help="a guard to take out")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    kinds = [arguments.kind] if arguments.kind else sorted(RUNS)
    end = arguments.first + arguments.runs
    parts = [
        (kind, range(first, min(first + _PART_RUNS, end)), arguments.without)
        for kind in kinds
        for first in range(arguments.first, end, _PART_RUNS)
    ]
    began = time.monotonic()
    done, wrong = 0, 0
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        for count, told in pool.imap_unordered(run_part, parts):
            done, wrong = done + count, wrong + len(told)
            for text in told:
                print(text)
            print(f"{done} runs, {wrong} not exact", file=sys.stderr, flush=True)
    seconds = time.monotonic() - began
    print(f"{done} runs of {' and '.join(kinds)}, {wrong} not exact; {seconds:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
