"""`tallyboard donate`: write one donation into the running system."""

import argparse
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from aggregates.board import ALL, Board
from aggregates.connection import REDIS_ERRORS, connect
from aggregates.units import format_amount
from donations.donation import Donation, to_item
from donations.money import AmountError, parse_amount
from local.attach import attach, find_cache
from local.counted import wait_until_counted
from local.dynamodb import connect_dynamodb
from local.errors import LocalError
from local.running import DrainedMark, Running
from local.totals import describe_group, read_totals
from operate.place import pick_board
from operate.terminal import Terminal

_PATIENCE_SECONDS = 5.0
_EXAMPLE = "make donate PLATFORM=Phone AMOUNT=25"


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser("donate", help="write one donation")
    parser.add_argument("--platform", default="", help="the group it counts for")
    parser.add_argument("--amount", default="", help="such as 25 or 12.50")
    parser.add_argument("--board", default="", help="the board whose table is written to")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the donation, wait until it is counted, print the totals; return the exit code."""
    running, boards = attach(find_cache())
    board = pick_board(boards, arguments.board)
    platform = arguments.platform.strip()
    if not platform:
        raise LocalError(f"no platform is named; write: {_EXAMPLE}")
    if board.measures and not arguments.amount:
        raise LocalError(f"no amount is named; write: {_EXAMPLE}")
    amount_minor = 0
    if board.measures:
        try:
            amount_minor = parse_amount(arguments.amount, board.measures[0].unit, name="AMOUNT")
        except AmountError as error:
            raise LocalError(f"{error}, such as AMOUNT=25 or AMOUNT=12.50") from None
    donation = Donation(
        donation_id=f"d-{uuid.uuid4().hex[:12]}",
        email="crew@example.org",
        donated_at=datetime.now(UTC),
        platform=platform,
        amount_minor=amount_minor,
    )
    item = to_item(board, donation)
    connect_dynamodb(running.dynamodb).put_item(TableName=board.table, Item=item)
    terminal = Terminal()
    for measure in board.measures:
        amount = f"{format_amount(amount_minor, measure.unit)} {measure.unit.name}".rstrip()
        terminal.say(f"{donation.donation_id}: {amount} by {platform}")
    terminal.say(f"To take it back: make refund ID={donation.donation_id}")
    say_counted(running, board, platform, terminal)
    return 0


def say_counted(running: Running, board: Board, group: str | None, terminal: Terminal) -> None:
    """Wait until the last write is counted; print the totals, or why it is not counted."""
    since_ns = time.time_ns()
    try:
        with connect(running.redis_url, patience_seconds=_PATIENCE_SECONDS) as redis:
            wait_until_counted(
                DrainedMark(Path(running.drained)),
                redis,
                board,
                since_ns=since_ns,
                patience_seconds=_PATIENCE_SECONDS,
                stop=threading.Event(),
            )
            totals = read_totals(redis, board)
    except (*REDIS_ERRORS, LocalError, KeyboardInterrupt) as error:
        why = "you stopped waiting" if isinstance(error, KeyboardInterrupt) else str(error)
        terminal.say(
            "It is in the table and will be counted later. Do not enter it again."
            f" Not counted yet: {why}"
        )
        return
    groups = [ALL] if group is None else [group, ALL]
    terminal.say("\n".join(f"  {describe_group(totals, name, board)}" for name in groups))
