"""Every Redis key and channel, spelled once. `docs/protocol.md` says what each holds."""

from typing import NamedTuple

# The channel of all boards' messages.
CHANNEL = "aggregates"


class BoardKeys(NamedTuple):
    """A board's keys, in the order in which the scripts take them.

    All share the hash tag `{board}`: one slot of a cluster, so one script may touch them all.
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
