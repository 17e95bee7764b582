"""Keeps a board's totals in another DynamoDB table: one item a group, absolute values."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis

from aggregates.board import Board
from aggregates.message import Sums, format_time
from sinks.totals_items import Stamp, Told, are_equal
from sinks.totals_reading import AllGroups, read_all_groups, read_shown
from sinks.totals_table import TotalsTable
from webapp.feed import Feed

# The total is written at least every 10 s; its word that the figures are live ends after this.
LIVE_SECONDS = 30.0
# How often the table is read: another writer may have left something there.
READ_SECONDS = 300.0
# The same while another writer is at work.
READ_DOUBTED_SECONDS = 5.0
# After reading all groups of a large board, rest for this many times as long, to spare Redis.
_REST = 4.0
_LONGEST_REST_SECONDS = 10.0
WRITERS = 16


class TotalsSink:
    """Writes what has changed, then the total: all groups have its version, or a later one.

    `writer` is a name of this process alone.
    """

    def __init__(
        self, name: str, board: Board, table: TotalsTable, redis: Redis, writer: str
    ) -> None:
        self.name, self.board = name, board
        self._table, self._redis, self._writer = table, redis, writer
        self._is_open = False
        # What the table holds, as far as is known: the epoch and the sums of each group.
        self._known: dict[str, tuple[str, Sums]] = {}
        self._read_at = float("-inf")
        self._is_doubted = False

    async def write(self, feed: Feed) -> None:
        """Write the feed's state and status."""
        if not self._is_open:
            await asyncio.to_thread(self._table.open)
            self._is_open = True
        await self._read_table()
        if feed.state is None or not feed.live:
            await asyncio.to_thread(self._table.tell_total, self._tell(feed, 0.0))
            return
        shown, told = read_shown(feed.state), self._tell(feed, LIVE_SECONDS)
        stamp = Stamp(shown.epoch, shown.version, shown.proof.verified_at)
        began = time.monotonic()
        found = await read_all_groups(self._redis, self.board, shown, list(self._known))
        took_seconds = time.monotonic() - began
        if not feed.live:
            return  # the change of the status makes this call come again
        await asyncio.to_thread(self._write_groups, found, stamp)
        before = await asyncio.to_thread(
            self._table.put_total, shown.whole, stamp, shown.group_count, told
        )
        self._is_doubted |= before not in ("", self._writer)
        await asyncio.sleep(min(_REST * took_seconds, _LONGEST_REST_SECONDS))

    async def _read_table(self) -> None:
        """Read what the table holds, if it is time."""
        age_seconds = time.monotonic() - self._read_at
        if age_seconds < (READ_DOUBTED_SECONDS if self._is_doubted else READ_SECONDS):
            return
        self._is_doubted = False
        self._known = await asyncio.to_thread(self._table.read)
        self._read_at = time.monotonic()

    def _write_groups(self, found: AllGroups, stamp: Stamp) -> None:
        """Write the groups that differ from what the table holds, and remove those that are gone.

        If the table has a newer item, it is read again.
        """

        def put(group: str) -> None:
            version, sums = found.sums[group]
            if self._table.put_group(group, sums, stamp._replace(version=version)):
                self._known[group] = stamp.epoch, sums
            else:
                self._doubt(group)

        def remove(group: str) -> None:
            if self._table.remove_group(group, stamp._replace(version=found.gone[group])):
                self._known.pop(group, None)
            else:
                self._doubt(group)

        changed = [group for group in found.sums if self._differs(group, found, stamp)]
        with ThreadPoolExecutor(WRITERS) as writers:
            # Taking the results raises the first error.
            list(writers.map(put, changed))
            list(writers.map(remove, found.gone))

    def _differs(self, group: str, found: AllGroups, stamp: Stamp) -> bool:
        if group not in self._known:
            return True
        epoch, sums = self._known[group]
        return epoch != stamp.epoch or not are_equal(sums, found.sums[group][1])

    def _doubt(self, group: str) -> None:
        """Note that the table holds something else of a group than was known."""
        self._known.pop(group, None)
        self._is_doubted = True

    def _tell(self, feed: Feed, live_seconds: float) -> Told:
        now = datetime.now(UTC)
        until = format_time(now + timedelta(seconds=live_seconds)) if live_seconds else ""
        status = feed.status
        return Told(status.state, status.reason, format_time(now), until, self._writer)
