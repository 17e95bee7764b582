"""A board, what Redis holds of it and what messages tell."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from aggregates.board import Goal, Ticker
from aggregates.board_file import load_board
from aggregates.message import Message, Proof, Sums, TickerItem
from aggregates.snapshot import Snapshot

BOARD = replace(
    load_board(Path(__file__).parents[2] / "boards/fundraiser.toml"),
    goal=Goal("amount", 300, (100, 200)),
    ticker=Ticker(length=2, attributes=("platform",)),
)


BARE = replace(BOARD, time=None, goal=None, bucket_seconds=None, ticker=None)


AT = "2026-11-21T19:04:11.218Z"


LATER = "2026-11-21T19:05:00.000Z"


NOW = 1_795_287_851.0


MINUTE = int(NOW) - int(NOW) % 60


# The id of the Redis with the proven data.
SERVER = "a" * 40


DRIFT = {"ALL": {"count": 1, "amount": 250}, "Web": {"count": 1, "amount": 250}}


def proof(at: str, server: str = SERVER, **changes: Any) -> Proof:
    """Return a proof by a run that found nothing to correct and took no time."""
    return Proof(at, server, {})._replace(**changes)


def snapshot(**changes: Any) -> Snapshot:
    empty = Snapshot(
        epoch="e1",
        version=7,
        at=AT,
        created=None,
        proof=None,
        totals={},
        ticker=(),
        milestones={},
        rejected=0,
        definition=BOARD.definition,
    )
    groups = len(changes.get("totals", {}).keys() - {"ALL"})
    return replace(empty, **{"group_count": groups} | changes)


def message(version: int = 8, **changes: Any) -> Message:
    nothing = Message(
        board="fundraiser",
        epoch="e1",
        version=version,
        at=LATER,
        created=None,
        totals={},
        put=(),
        removed=(),
        milestones={},
        rejected=0,
        proof=None,
    )
    return replace(nothing, **changes)


def shown(id_: int, at_ms: int, platform: str = "Facebook") -> TickerItem:
    return TickerItem(id_, at_ms, {"platform": platform})


def sums(count: int, amount: int) -> Sums:
    return {"count": count, "amount": amount}


def wire(value: object) -> Any:
    """Return a value as a client decodes it."""
    return json.loads(json.dumps(value))


items = st.builds(shown, st.integers(1, 9), st.integers(0, 9), st.sampled_from(["Web", "Phone"]))


names = st.sampled_from(["Facebook", "a:b", "🎁", "Ä", "Ö", "Ü"])
