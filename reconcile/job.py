"""One attempt to reconcile a board, step by step."""

import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

from redis import Redis

from aggregates.batch import BatchEncoder, Change, PagePlace
from aggregates.board import Board
from aggregates.item import read_key
from aggregates.keys import BoardKeys, board_keys
from aggregates.message import format_time
from aggregates.outliers import log_outliers
from aggregates.scripts import apply_batch
from reconcile.capacity import ReadCapacity
from reconcile.errors import BusyError, DataLostError
from reconcile.loss_check import LossCheck, Position, read_position
from reconcile.reading import Reading, TellItems
from reconcile.scripts import Claim, Proven, Start, begin_run, begin_sweep, claim_run, finish_run
from reconcile.sums import mend_sums
from reconcile.sweep import sweep
from reconcile.table import read_moment, read_segment

# A run is not resumed after a longer pause: it would not find what the stream has lost since.
_RESUME_SECONDS = 600.0
# A read of the table includes every change made this long before it, even if clocks differ.
STALE_SECONDS = 60.0


class Claimed(NamedTuple):
    """A claimed run: the server it was claimed on, and its fields in Redis."""

    server: str
    fields: Mapping[str, str]


@dataclass
class Run:
    """One run, as Redis has it; `items` counts the items that all segments have read."""

    loss: LossCheck
    started_version: int
    cursors: Mapping[str, str]
    items: int
    stop: threading.Event
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add_items(self, items: int) -> int:
        with self.lock:
            self.items += items
            return self.items


@dataclass(frozen=True)
class Job:
    """One attempt, with its own owner name. The public methods are its steps, in order.

    Between `claim` and `finish` the run's lease must be held: `reconcile.lease`.
    """

    board: Board
    dynamodb: Any
    redis: Redis
    reading: Reading
    progress: TellItems
    wait: Callable[[float], None]
    owner: str = field(default_factory=lambda: os.urandom(8).hex())

    @cached_property
    def keys(self) -> BoardKeys:
        return board_keys(self.board.name)

    def claim(self, *, may_resume: bool) -> Claimed:
        """Claim the board's run, new or left by a dead process; raise `BusyError`."""
        server = read_position(self.redis, self.keys).server
        # After a loss, what was read before proves nothing, so nothing is resumed.
        resume_seconds = _RESUME_SECONDS if may_resume else 0.0
        claim = Claim(
            definition=self.board.definition,
            epoch=os.urandom(8).hex(),
            server=server,
            segments=self.reading.segments,
            owner=self.owner,
            holder=f"process {os.getpid()} on {socket.gethostname()}",
            lease_ms=round(self.reading.lease_seconds * 1000),
            resume_ms=round(resume_seconds * 1000),
            at=format_time(datetime.now(UTC)),
        )
        fields = claim_run(self.redis, self.keys, claim)
        if fields["owner"] != self.owner:
            raise BusyError(
                f"board {self.board.name}: {fields['holder']} has been reconciling it since"
                f" {fields['claimed_at']}, with {int(fields['items']):,} items read; wait for it,"
                f" or end it and try again in {self.reading.lease_seconds:.0f} s"
            )
        return Claimed(server, fields)

    def begin(self, claimed: Claimed, stop: threading.Event, *, may_be_lost: bool) -> Run:
        """Begin the run, or resume it if it has begun; setting `stop` ends its reading."""
        server, fields = claimed
        if "started_version" not in fields:
            proven_on = self.redis.hget(self.keys.meta, "verified_server")
            may_be_lost |= proven_on != server.encode()
            if may_be_lost:
                server = self._settle()
            moment = read_moment(self.board, self.dynamodb)
            start = Start(
                owner=self.owner,
                server=server,
                at=format_time(datetime.now(UTC)),
                stale_before=int(moment.at_s - STALE_SECONDS),
                read_stream=moment.stream_ms,
                may_be_lost=may_be_lost,
                epoch=os.urandom(8).hex(),
            )
            fields = begin_run(self.redis, self.keys, start)
        version = int(fields["started_version"])
        began = Position(fields["epoch"], version, fields["server"])
        return Run(
            loss=LossCheck(self.redis, self.keys, began),
            started_version=version,
            cursors={name: value for name, value in fields.items() if name.startswith("cursor:")},
            items=int(fields["items"]),
            stop=stop,
        )

    def _settle(self) -> str:
        """Wait until calls of the function from before a loss have ended; return the server's id.

        Another loss during the wait starts the wait again.
        """
        server, before = read_position(self.redis, self.keys).server, None
        while self.reading.settle_seconds and server != before:
            self.wait(self.reading.settle_seconds)
            before, server = server, read_position(self.redis, self.keys).server
        return server

    def read(self, run: Run) -> None:
        """Read the table and set every item in the ledger."""
        segments = self.reading.segments
        capacity = ReadCapacity(self.reading.read_units_per_second)
        encoder = BatchEncoder(self.board)

        def read_and_stop_others(number: int) -> None:
            try:
                self._read_segment(run, number, capacity, encoder)
            except BaseException:
                run.stop.set()
                raise

        with ThreadPoolExecutor(segments) as threads:
            try:
                outcomes = [threads.submit(read_and_stop_others, n) for n in range(segments)]
                errors = [outcome.exception() for outcome in outcomes]
            except BaseException:  # Ctrl-C reaches only this thread
                run.stop.set()
                raise
        _raise_first(error for error in errors if error)

    def _read_segment(
        self, run: Run, number: int, capacity: ReadCapacity, encoder: BatchEncoder
    ) -> None:
        name = f"cursor:{number}"
        pages = read_segment(
            self.board,
            self.dynamodb,
            (number, self.reading.segments),
            run.cursors[name],
            read_version=run.loss.read_version,
            capacity=capacity,
            stop=run.stop,
            read_items=self.reading.read_items,
        )
        for page in pages:
            changes = [Change(read_key(item, self.board.key), 0, item) for item in page.items]
            place = PagePlace(self.owner, name, page.start, page.end)
            batch = encoder.encode_page(changes, guard_version=page.version, place=place)
            apply_batch(self.redis, self.keys, batch)
            log_outliers(self.board, batch.outliers)
            self.progress(run.add_items(len(changes)))

    def sweep(self, run: Run) -> None:
        """Remove items that the ledger holds and the table does not."""
        begin_sweep(self.redis, self.keys, self.owner)
        encoder, guard = BatchEncoder(self.board), run.started_version
        first = int(run.cursors["cursor:sweep"])
        for swept, unseen in enumerate(sweep(self.redis, self.keys, guard), first):
            changes = [Change(key, 0, None) for key in unseen]
            place = PagePlace(self.owner, "cursor:sweep", str(swept), str(swept + 1))
            batch = encoder.encode_page(changes, guard_version=guard, place=place)
            apply_batch(self.redis, self.keys, batch)

    def mend_sums(self) -> None:
        """Correct the figures to what the ledger adds up to."""
        mend_sums(self.board, self.redis, self.keys, self.owner)

    def finish(self, run: Run) -> Proven:
        """Note that the totals are proven, and publish it."""
        run.loss.read_version()
        return finish_run(self.redis, self.keys, self.board, self.owner)


def _raise_first(errors: Iterator[BaseException]) -> None:
    """Raise the error that caused the others, if there is any: a `DataLostError` comes last."""
    found = sorted(errors, key=lambda error: isinstance(error, DataLostError))
    if found:
        raise found[0]
