"""Runs a ClickHouse sink at random, with faults, and prints how many runs are exact.

    python -m tests.sinks.clickhouse --runs 200 [--first SEED] [--without GUARD] [--processes 1]

With `--without`, a guard is taken out: then runs must fail.
"""

import sys

from tests.many_runs import run_with_guards
from tests.sinks.clickhouse.parts import run_part
from tests.sinks.clickhouse.run import GUARDS

if __name__ == "__main__":
    sys.exit(run_with_guards(__doc__, run_part, GUARDS, part_runs=20, runs=200))
