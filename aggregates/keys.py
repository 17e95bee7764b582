"""The names of all Redis keys and channels. `docs/protocol.md` says what each holds."""

from typing import NamedTuple

# The channel on which all boards' messages are published.
CHANNEL = "aggregates"


class BoardKeys(NamedTuple):
    """A board's keys, in the order the scripts expect.

    All share the hash tag `{board}`, so they are in one slot of a cluster, and one script may use
    them all.
    """

    meta: str
    totals: str
    ledger: str
    groups: str
    timeline: str
    ticker: str
    milestones: str
    rejected: str
    reconcile: str
    recount: str
    ranks: str
    recent: str
    chain: str


def board_keys(board: str) -> BoardKeys:
    """Return the keys of a board, such as `tally:{fundraiser}:totals`."""
    return BoardKeys(*(f"tally:{{{board}}}:{part}" for part in BoardKeys._fields))
