"""Runs rows beside the local DynamoDB's stream at random, with faults; prints how many are exact.

    python -m tests.explore --runs 100 [--first SEED] [--without GUARD] [--processes 2]

With `--without`, a guard is taken out of the engine: then runs must fail.
"""

import sys

from tests.explore.engine_without import GUARDS
from tests.explore.parts import run_part
from tests.many_runs import run_with_guards

if __name__ == "__main__":
    sys.exit(run_with_guards(__doc__, run_part, GUARDS, part_runs=10, runs=100))
