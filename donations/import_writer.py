"""Writes an import that a person has confirmed, each donation exactly once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aggregates.board import Board
from donations.errors import Stopped
from donations.table import Difference
from donations.writer import ConflictError, put_new, remove_item, update_item

_WRITERS = 8
# Jobs queued ahead of the writers; few, so that a stop takes effect quickly.
_AHEAD = 64
_WAIT_SECONDS = 0.2


@dataclass
class Written:
    """How many donations were written; `conflicts` were changed by somebody else first."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    conflicts: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """The number of donations handled so far."""
        return self.new + self.changed + self.removed


_Job = tuple[str, Callable[[], object]]


def write_difference(
    difference: Difference,
    board: Board,
    client: Any,
    stop: threading.Event,
    *,
    removes_gone: bool = False,
    on_progress: Callable[[Written], None] = lambda _: None,
) -> Written:
    """Write what is new and changed, and what is gone if `removes_gone`; return the counts.

    If it is cut short at any point, importing again writes the rest, and nothing twice. Raises
    boto3's errors, and `Stopped` when `stop` is set.
    """
    written = Written()
    jobs = _list_jobs(difference, board, client, removes_gone)
    running: dict[Future[object], str] = {}
    with ThreadPoolExecutor(_WRITERS) as pool:
        try:
            for kind, job in jobs:
                running[pool.submit(job)] = kind
                if len(running) >= _AHEAD:
                    _collect(running, written, stop, on_progress)
            while running:
                _collect(running, written, stop, on_progress)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return written


def _list_jobs(
    difference: Difference, board: Board, client: Any, removes_gone: bool
) -> Iterator[_Job]:
    for row in difference.new:
        yield "new", partial(put_new, client, board, row.item)
    for changed in difference.changed:
        yield "changed", partial(update_item, client, board, changed.old, changed.new)
    if removes_gone:
        for item in difference.gone:
            yield "removed", partial(remove_item, client, board, item)


def _collect(
    running: dict[Future[object], str],
    written: Written,
    stop: threading.Event,
    on_progress: Callable[[Written], None],
) -> None:
    if stop.is_set():
        raise Stopped
    done, _ = wait(running, timeout=_WAIT_SECONDS, return_when=FIRST_COMPLETED)
    for future in done:
        kind = running.pop(future)
        try:
            future.result()
        except ConflictError as error:
            written.conflicts.append(str(error))
        else:
            setattr(written, kind, getattr(written, kind) + 1)
    on_progress(written)
