"""Decides whether a change seen in a stream is counted: in the ledger, or by a proof."""

from typing import NamedTuple

from reconcile.job import STALE_SECONDS
from reconcile.ledger import read_entry
from reconcile.sighting import Sighting

# DynamoDB tells times in whole seconds, and its servers' clocks differ by less than a second.
MARGIN_SECONDS = 2.0


class Coverage(NamedTuple):
    """What a proof covers.

    It covers changes made before `stale_before`, records read from the stream before `covers_until`
    (both in seconds since 1970, by DynamoDB's clock), and all records of streams made before
    `read_stream` (ms since 1970), which was the table's stream at the proof.
    """

    stale_before: float
    covers_until: float
    read_stream: int

    @classmethod
    def of(cls, stale_before: float, read_stream: int) -> "Coverage":
        """Return the coverage of a proof from its fields in meta."""
        return cls(stale_before, stale_before + STALE_SECONDS - MARGIN_SECONDS, read_stream)

    def covers(self, sighting: Sighting) -> bool:
        return (
            sighting.created_s < self.stale_before
            or sighting.read_s <= self.covers_until
            or sighting.stream_ms < self.read_stream
        )


def is_counted(sighting: Sighting, packed: bytes | None, streams: list[int]) -> bool:
    """Return whether an item's ledger entry is from this change or a later one."""
    if packed is None:
        return False
    entry = read_entry(packed)
    if not 0 < entry.stream <= len(streams):
        return False
    made_ms = streams[entry.stream - 1]
    return (made_ms, entry.sequence) >= (sighting.stream_ms, sighting.sequence)
