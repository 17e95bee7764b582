"""Tells the intake of an evening with every fault, and says whether the totals are the truth.

    python -m tests.intake --donations 10000 [--seed 1] [--threads 12]

It runs on a local DynamoDB of its own, and prints what was done: deliveries, faults, totals.
"""

import argparse
import logging
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

from aggregates.board_file import load_board
from intake.store import STATES_SUFFIX
from intake.tables import create_states
from local.child import stop_children
from local.dynamodb import connect_dynamodb, create_table
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from tests.conftest import ROOT
from tests.intake.runs import Outcome, run
from tests.intake.senders import ALL_SOURCES, open_sources


def main() -> int:
    """Print what was done; return 1 where the totals were not the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--donations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=12)
    arguments = parser.parse_args()
    logging.getLogger("tallyboard").setLevel(logging.CRITICAL)
    board = replace(load_board(ROOT / "boards/fundraiser.toml"), name="gala", table="gala")
    with tempfile.TemporaryDirectory() as folder:
        python = ROOT / ".venv-aws" / "bin" / "python"
        child, endpoint = start_dynamodb(python, Path(folder))
        try:
            wait_for_dynamodb(child, endpoint, threading.Event())
            dynamodb = connect_dynamodb(endpoint)
            create_table(dynamodb, board)
            create_states(dynamodb, board.table + STATES_SUFFIX)
            sources = open_sources(Path(folder), board, ALL_SOURCES)
            began = time.monotonic()
            outcome = run(
                dynamodb, board, sources, arguments.seed, arguments.donations, arguments.threads
            )
            print_outcome(outcome, time.monotonic() - began)
        finally:
            stop_children([child])
    return 1 if outcome.wrong else 0


def print_outcome(outcome: Outcome, seconds: float) -> None:
    print(f"donations         {outcome.donations:,}")
    print(f"requests          {outcome.deliveries:,}, each until it was answered")
    print(f"seconds           {seconds:,.0f}")
    print(f"processes         {outcome.lives:,}, two at a time")
    for fault, times in sorted(outcome.faults.items()):
        print(f"{fault.ljust(24)}  {times:,}")
    for name, (count, cents) in sorted(outcome.totals.items()):
        print(f"{name.ljust(16)}  {count:,} donations, {cents / 100:,.2f}")
    print(f"not exact: {outcome.wrong}" if outcome.wrong else "exact")


if __name__ == "__main__":
    sys.exit(main())
