"""Feeds in a state, and what they tell."""

import json
from dataclasses import replace
from typing import Any

from aggregates.snapshot import Snapshot
from tests.webapp.states import (
    BOARD,
    SERVER,
    proof,
    show,
    snapshot,
    sums,
)
from webapp.feed import Feed

T1, T2, T3 = (f"2026-11-21T1{hour}:00:00.000Z" for hour in range(3))


def held(version: int = 7, **changes: Any) -> Snapshot:
    """Return a state of Redis: a hundred items, proven at T2, with `changes`."""
    usual = snapshot(
        version=version,
        definition=BOARD.definition,
        proof=proof(T2),
        totals={"ALL": sums(100, 5000)},
    )
    return replace(usual, **changes)


def make_feed(first: Snapshot | None = None) -> Feed:
    feed = Feed(BOARD, "page-1")
    if first is not None:
        show(feed, first, SERVER)
        feed.take_frame()
    return feed


def events(frame: bytes | None) -> dict[str, dict[str, Any]]:
    """Return the data of a frame's events by name; each name occurs once."""
    found: dict[str, dict[str, Any]] = {}
    for block in (frame or b"").decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        assert fields["event"] not in found
        found[fields["event"]] = json.loads(fields["data"])
    return found


def shown(feed: Feed) -> int | None:
    return None if feed.state is None else feed.state.version
