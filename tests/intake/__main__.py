"""Tells the intake of an evening with every fault, and says whether the totals are the truth.

    python -m tests.intake --donations 10000 [--seed 1] [--threads 12]

It runs on a local DynamoDB of its own, and prints what was done: requests, faults, totals. The
lists of DonorDrive and of Twilio are asked meanwhile.
"""

import argparse
import logging
import sys
import tempfile
import threading
import time
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from aggregates.board import Board
from aggregates.board_file import load_board
from local.child import stop_children
from local.dynamodb import connect_dynamodb
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from tests.conftest import ROOT
from tests.intake.runs import Evening, Outcome, run

_STEPS = {
    "Delivery": "requests",
    "Change": "rows shown",
    "Sent": "texts",
    "Sweep": "lists asked",
}


def main() -> int:
    """Print what was done; return 1 where the totals were not the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--donations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=12)
    arguments = parser.parse_args()
    logging.getLogger("tallyboard").setLevel(logging.CRITICAL)
    numbers = count(1)

    def make_board(**changes: Any) -> Board:
        board = load_board(ROOT / "boards/fundraiser.toml")
        return replace(board, name=f"board-{next(numbers)}", **changes)

    with tempfile.TemporaryDirectory() as folder:
        python = ROOT / ".venv-aws" / "bin" / "python"
        child, endpoint = start_dynamodb(python, Path(folder))
        try:
            wait_for_dynamodb(child, endpoint, threading.Event())
            dynamodb = connect_dynamodb(endpoint)
            evening = Evening(dynamodb, make_board, Path(folder))
            began = time.monotonic()
            outcome = run(evening, arguments.seed, arguments.donations, arguments.threads)
            print_outcome(outcome, time.monotonic() - began)
        finally:
            stop_children([child])
    return 1 if outcome.wrong else 0


def print_outcome(outcome: Outcome, seconds: float) -> None:
    print(f"donations         {outcome.donations:,}")
    for what, times in sorted(outcome.steps.items()):
        print(f"{_STEPS[what].ljust(16)}  {times:,}")
    print(f"seconds           {seconds:,.0f}")
    print(f"processes         {outcome.lives:,}, four at a time")
    for fault, times in sorted(outcome.faults.items()):
        print(f"{fault.ljust(24)}  {times:,}")
    for name, (counted, cents) in sorted(outcome.totals.items()):
        what = f"donations, {cents / 100:,.2f}" if cents else "votes"
        print(f"{name.ljust(16)}  {counted:,} {what}")
    print(f"not exact: {outcome.wrong}" if outcome.wrong else "exact")


if __name__ == "__main__":
    sys.exit(main())
