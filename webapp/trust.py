"""Decides whether a board's figures are live, checking or offline: one pure function of facts."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

# The watch notes every few seconds that the table's newest change is counted. A note is valid for
# this long, which covers a restart of the watch.
CHAIN_MAX_AGE_SECONDS = 50.0

State = Literal["live", "checking", "offline"]

NOTHING_YET = "Nothing has been counted yet"
OTHER_DEFINITION = (
    "The totals were counted under another definition of this board; they have to be counted again"
)
LOST = "Redis may have lost data; the table has to be read again"
NOT_PROVEN = "The totals have not been checked against the table yet"
NO_NOTE = "The newest donations may be missing: the watch has not confirmed that they are counted"


@dataclass(frozen=True)
class Facts:
    """What is known of one board at one moment.

    - `unreachable`: why Redis, or the board's data in it, cannot be read; empty if it can.
    - `is_known`: Redis holds something of the board.
    - `has_figures`: figures are shown.
    - `is_same_definition`: the data in Redis was counted under this board's definition.
    - `is_lost`: Redis has lost a part of the board's keys.
    - `eviction`: why Redis may evict data; empty if it may not.
    - `is_held_back`: the data in Redis may be less than the proven figures that are shown.
    - `is_proven_here`: the totals were proven on the server that answers.
    - `chain_age_seconds`: how long ago, by Redis' clock, the table's newest change was known to be
      counted; None if there is no note for this epoch and server.
    - `confirmed_until`: that moment as text, ISO 8601 in UTC.
    - `chain_reason`: why the watch thinks that changes are not counted; empty if it knows nothing.
    """

    unreachable: str = ""
    is_known: bool = True
    has_figures: bool = True
    is_same_definition: bool = True
    is_lost: bool = False
    eviction: str = ""
    is_held_back: bool = False
    is_proven_here: bool = True
    chain_age_seconds: float | None = 0.0
    confirmed_until: str = ""
    chain_reason: str = ""


class Verdict(NamedTuple):
    """The state that a screen shows, and a sentence for a person why it is not `live`."""

    state: State
    reason: str


def judge(facts: Facts) -> Verdict:
    """Return the verdict on a board; of several reasons it gives the most serious."""
    if facts.unreachable:
        return Verdict("offline", facts.unreachable)
    reason = _find_doubt(facts) or _find_delay(facts)
    return Verdict("checking" if reason else "live", reason)


def _find_doubt(facts: Facts) -> str:
    """Return why the totals themselves may be wrong."""
    if not facts.is_known:
        return LOST if facts.has_figures else NOTHING_YET
    if not facts.is_same_definition:
        return OTHER_DEFINITION
    if facts.is_lost:
        return LOST
    if facts.eviction:
        return facts.eviction
    if facts.is_held_back:
        return LOST
    if not facts.is_proven_here or not facts.has_figures:
        return NOT_PROVEN
    return ""


def _find_delay(facts: Facts) -> str:
    """Return why donations may be missing from the totals."""
    age = facts.chain_age_seconds
    if age is None:
        return f"{NO_NOTE} ({facts.chain_reason})" if facts.chain_reason else NO_NOTE
    # A negative age means that the clock was set back; such a note is not valid for longer either.
    if -CHAIN_MAX_AGE_SECONDS <= age <= CHAIN_MAX_AGE_SECONDS:
        return ""
    since = f"Donations made since {facts.confirmed_until} may be missing"
    return f"{since}: {facts.chain_reason}" if facts.chain_reason else since
