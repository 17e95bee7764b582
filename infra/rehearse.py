"""`make rehearse`: puts test donations into the deployed table, corrects and removes them.

Their keys begin with `rehearsal-` and are the same every time, so the next rehearsal removes what
an interrupted one left. They have their own group, `GROUP`, whose figures nobody else changes, so
the display's address can be asked whether it shows them.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from aggregates.board import Board
from donations.donation import Donation, Item, to_item
from donations.errors import DonationError
from infra.account import Account, find_account
from infra.checks import check_board, find_board
from infra.errors import DeployError
from infra.options import Options
from infra.stack import Say, Stack

MARK = "rehearsal-"
# How long a change may take to the display before it counts as missing.
_PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.5
_TIMEOUT_SECONDS = 5.0
# How many of the donations are corrected, and how many are removed first.
_CORRECTED = 5
_REMOVED = 3

# Returns the display's totals by group and measure; None if the display does not answer.
ReadTotals = Callable[[], dict[str, dict[str, int]] | None]


class Step(NamedTuple):
    """A step: what was done to the table, and the group's donations and minor units after it."""

    says: str
    donations: int
    amount_minor: int


class Rehearsal:
    """The rehearsal's donations of one board, in its table."""

    def __init__(self, board: Board, dynamodb: Any, group: str, count: int) -> None:
        self._board, self._dynamodb, self._group, self._count = board, dynamodb, group, count
        # The donations are 1.00, 2.00, …, so that each mistake gives a different sum.
        exponent = board.measures[0].unit.exponent if board.measures else 0
        self._one_minor = 10**exponent
        self._began = datetime.now(UTC)

    def check(self) -> None:
        """Raise `DeployError` if the board would not count the donations."""
        try:
            self._make_item(1, self._one_minor)
        except DonationError as error:
            raise DeployError(f"cannot make a donation for the rehearsal: {error}") from error

    def give(self) -> Step:
        """Put all donations into the table."""
        amounts = [number * self._one_minor for number in range(1, self._count + 1)]
        for number, amount in enumerate(amounts, 1):
            self._put(number, amount)
        return Step(f"{self._count} donations are in the table", self._count, sum(amounts))

    def correct(self) -> Step:
        """Double the first donations."""
        for number in range(1, _CORRECTED + 1):
            self._put(number, 2 * number * self._one_minor)
        numbers = [*range(1, self._count + 1), *range(1, _CORRECTED + 1)]
        says = f"{_CORRECTED} of them are corrected to twice as much"
        return Step(says, self._count, sum(numbers) * self._one_minor)

    def take_back(self) -> Step:
        """Remove the last donations."""
        left = self._count - _REMOVED
        for number in range(left + 1, self._count + 1):
            self._delete(number)
        numbers = [*range(1, left + 1), *range(1, _CORRECTED + 1)]
        return Step(f"{_REMOVED} are removed", left, sum(numbers) * self._one_minor)

    def remove_all(self) -> Step:
        """Remove all remaining donations of this or an earlier rehearsal."""
        for number in range(1, self._count + 1):
            self._delete(number)
        return Step("All are removed", 0, 0)

    def _put(self, number: int, amount_minor: int) -> None:
        item = self._make_item(number, amount_minor)
        self._dynamodb.put_item(TableName=self._board.table, Item=item)

    def _delete(self, number: int) -> None:
        key = {self._board.key[0]: {"S": _name(number)}}
        self._dynamodb.delete_item(TableName=self._board.table, Key=key)

    def _make_item(self, number: int, amount_minor: int) -> Item:
        at = self._began - timedelta(seconds=number)
        donation = Donation(_name(number), at, self._group, amount_minor, "rehearsal@example.org")
        return to_item(self._board, donation)


def rehearse(options: Options, say: Say) -> int:
    """Rehearse with the deployed system; return 0 if the display showed every step, else 1."""
    account = find_account(options.region)
    stack = Stack(account.connect("cloudformation"), options.stack, say)
    outputs = stack.read_outputs()
    if not outputs:
        raise DeployError(f"there is no stack {options.stack} in {account.region}: make deploy")
    board = check_board(find_board(options, stack.read_parameters()))
    if board.table != outputs["TableName"]:
        raise DeployError(f"the stack counts the table {outputs['TableName']}, not {board.table}")
    rehearsal = Rehearsal(board, account.connect("dynamodb"), options.group, options.count)
    rehearsal.check()
    _require_table(account, board)
    say(
        f"The table {board.table} in {account.region} gets {options.count} donations in the group"
        f" {options.group!r}, with keys that begin with {MARK}; at the end all are removed."
    )
    address = f"{outputs['Address']}api/boards/{board.name}"
    return run(rehearsal, board, options.group, lambda: _read_totals(address), say)


def run(rehearsal: Rehearsal, board: Board, group: str, read_totals: ReadTotals, say: Say) -> int:
    """Carry out the steps; print what the display should show at each, and whether it does."""
    rehearsal.remove_all()
    is_right = True
    try:
        for act in (rehearsal.give, rehearsal.correct, rehearsal.take_back):
            is_right &= _look(act(), board, group, read_totals, say)
    finally:
        # Also after Ctrl-C.
        last = rehearsal.remove_all()
    is_right &= _look(last, board, group, read_totals, say)
    say("Every step was right." if is_right else "NOT RIGHT: see docs/trouble.md.")
    return 0 if is_right else 1


def _look(step: Step, board: Board, group: str, read_totals: ReadTotals, say: Say) -> bool:
    """Wait until the display's address shows a step; print and return whether it did."""
    wanted = {"count": step.donations}
    text = f"{step.donations} donations"
    if board.measures:
        measure = board.measures[0]
        wanted[measure.name] = step.amount_minor
        amount = Decimal(step.amount_minor).scaleb(-measure.unit.exponent)
        text += f", {amount:f} {measure.unit.name}".rstrip()
    say(f"{step.says}. {group} should show {text}.")
    began, found = time.monotonic(), None
    while time.monotonic() - began < _PATIENCE_SECONDS:
        totals = read_totals()
        if totals is None:
            say("  The display's address does not answer from here: look at a screen yourself.")
            return False
        found = totals.get(group, dict.fromkeys(wanted, 0))
        if wanted.items() <= found.items():
            say(f"  It does, after {time.monotonic() - began:.1f} s.")
            return True
        time.sleep(_POLL_SECONDS)
    say(f"  It does not, after {_PATIENCE_SECONDS:.0f} s: {found}")
    return False


def _name(number: int) -> str:
    return f"{MARK}{number:04d}"


def _require_table(account: Account, board: Board) -> None:
    try:
        account.connect("dynamodb").describe_table(TableName=board.table)
    except ClientError as error:
        raise DeployError(f"the table {board.table} cannot be used: {error}") from error


def _read_totals(address: str) -> dict[str, dict[str, int]] | None:
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS) as reply:  # noqa: S310
            board: Any = json.loads(reply.read())
    except (urllib.error.URLError, OSError, ValueError):
        return None
    totals: dict[str, dict[str, int]] = board.get("totals", {})
    return totals
