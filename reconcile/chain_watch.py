"""The watch's second thread: follows all streams, and notes until when each board is counted.

It is a thread of its own because a reconcile, in the first thread, may take hours.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from botocore.exceptions import ClientError
from redis import Redis

from aggregates.board import Board
from aggregates.connection import REDIS_ERRORS
from aggregates.item import KeyMismatch
from reconcile.chain import Chain
from reconcile.sighting import Round
from reconcile.tip import StreamError, Tip

# How often each open shard is read. An idle one takes 0.2 of the 5 reads a second that all readers
# of a shard share, a busy one 0.4.
POLL_SECONDS = 5.0
# How often the ledger is checked for waiting records.
CHECK_SECONDS = 1.0
REPORT_SECONDS = 60.0
# After this time without a confirmation the reason is looked for and noted, and then this often.
_SLOW_MS = 10_000
_EXPLAIN_SECONDS = 10.0
# The metric `Live` is 1 up to the age at which screens stop being live (`webapp/trust.py`).
FRESH_MS = 50_000

# Returns why a stream, given by its ARN, is not counted, as text for a person; empty if unknown.
Explain = Callable[[str], str]
# Returns a reader of a table's stream that resumes at cursors.
MakeTip = Callable[[str, dict[str, str]], Tip]


class ChainReport(NamedTuple):
    """The watch's view of a board; `age_seconds` is None if nothing is confirmed."""

    board: str
    age_seconds: float | None
    is_live: bool


class ChainWatch:
    """Follows the streams of the boards' tables: each table once, for all its boards.

    `make_tip` makes the readers, `doubt` asks for a read of a board's table, `explain` says why a
    stream is not counted, `report` gets each board's state every minute. `from_start` says that the
    streams are as old as their tables, so they have every change.
    """

    def __init__(
        self,
        boards: Iterable[Board],
        redis: Redis,
        make_tip: MakeTip,
        doubt: Callable[[Board], None],
        *,
        explain: Explain = lambda _: "",
        report: Callable[[ChainReport], None] = lambda _: None,
        notify: Callable[[str], None] = lambda _: None,
        from_start: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        tables: dict[str, list[Chain]] = {}
        for board in boards:
            chain = Chain(board, redis, doubt, from_start=from_start)
            tables.setdefault(board.table, []).append(chain)
        self._tables = [
            _Table(name, chains, make_tip, explain, notify, clock)
            for name, chains in tables.items()
        ]
        self._report, self._clock = report, clock
        self._next_report = clock() + REPORT_SECONDS

    def run(self, stop: threading.Event) -> None:
        """Follow until `stop` is set."""
        while not stop.is_set():
            self.step()
            stop.wait(CHECK_SECONDS)

    def step(self) -> None:
        """Read the streams that are due, and note until when boards are counted."""
        for table in self._tables:
            table.step()
        if self._clock() >= self._next_report:
            self._next_report += REPORT_SECONDS
            for table in self._tables:
                for report in table.describe():
                    self._report(report)


class _Table:
    """A table's stream, and the chains of the boards that count it."""

    def __init__(
        self,
        name: str,
        chains: Sequence[Chain],
        make_tip: MakeTip,
        explain: Explain,
        notify: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self._name, self._chains, self._make_tip = name, chains, make_tip
        self._explain, self._notify, self._clock = explain, notify, clock
        self._tip: Tip | None = None
        self._next_poll = self._next_reason = float("-inf")
        self._reports = {
            chain.board.name: ChainReport(chain.board.name, None, False) for chain in chains
        }
        # Why the stream cannot be read; and what was last reported, by table and by board.
        self._trouble = ""
        self._told: dict[str, str] = {}

    def step(self) -> None:
        if self._clock() >= self._next_poll:
            self._next_poll = self._clock() + POLL_SECONDS
            self._poll()
        is_late = [self._check(chain) for chain in self._chains]
        if any(is_late) and self._clock() >= self._next_reason:
            self._next_reason = self._clock() + _EXPLAIN_SECONDS

    def describe(self) -> list[ChainReport]:
        return list(self._reports.values())

    def _poll(self) -> None:
        """Read the stream's tip. If that fails, nothing is confirmed."""
        if self._tip is None:
            try:
                self._tip = self._resume()
            except REDIS_ERRORS:
                return  # each check reports it
        times = [_read_now_ms(chain) for chain in self._chains]
        try:
            found: Round = self._tip.read_round()
        except Exception as error:
            self._trouble = _describe(error)
            self._tell(
                self._name,
                f"the stream of the table {self._name} cannot be read, so screens say checking:"
                f" {error}",
            )
            return
        self._trouble = ""
        self._told.pop(self._name, None)
        for chain, now_ms in zip(self._chains, times, strict=True):
            try:
                chain.add_round(now_ms, found)
            except KeyMismatch as error:
                chain.require_proof(found.read_s)
                self._tell(chain.board.name, f"board {chain.board.name}: {error}")

    def _resume(self) -> Tip:
        """Return a reader that resumes at the note of the board that is furthest behind."""
        notes = [note for chain in self._chains if (note := chain.load_note())]
        earliest = min(notes, key=lambda note: note.counted_ms, default=None)
        return self._make_tip(self._name, earliest.cursors if earliest else {})

    def _check(self, chain: Chain) -> bool:
        """Check one board; return whether it is late. It never raises."""
        name = chain.board.name
        self._reports[name] = ChainReport(name, None, False)
        try:
            found = chain.check()
            now_ms = found.standing.now_ms
            late_ms = chain.find_late_ms(now_ms)
            is_live = found.is_proven and chain.is_confirmed and late_ms <= FRESH_MS
            age_seconds = late_ms / 1000 if chain.is_confirmed else None
            self._reports[name] = ChainReport(name, age_seconds, is_live)
            if late_ms <= _SLOW_MS:
                self._told.pop(name, None)
                return False
            if self._clock() >= self._next_reason:
                reason = self._find_reason(chain)
                chain.note_trouble(reason, now_ms)
                self._tell(name, f"board {name}: the newest donations may not be counted: {reason}")
        except Exception as error:
            self._tell(
                name,
                f"board {name}: cannot check that the newest donations are counted:"
                f" {_describe(error)}",
            )
        return True

    def _find_reason(self, chain: Chain) -> str:
        if self._trouble:
            return f"the table's stream cannot be read ({self._trouble})"
        arn = self._tip.arn if self._tip is not None else ""
        try:
            known = self._explain(arn)
        except Exception as error:
            known = f"the reason is unknown ({type(error).__name__})"
        return known or chain.describe_wait()

    def _tell(self, of: str, text: str) -> None:
        """Report what is wrong, once until it changes."""
        if self._told.get(of) != text:
            self._told[of] = text
            self._notify(text)


def _read_now_ms(chain: Chain) -> int | None:
    """Return the time by the clock of a board's Redis; None if Redis does not answer."""
    try:
        return chain.read_now_ms()
    except REDIS_ERRORS:
        return None


def _describe(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    return str(error) if isinstance(error, StreamError) else type(error).__name__
