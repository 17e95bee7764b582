"""Updates are held against snapshots: a client that merges them as the protocol says is right."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregates.board import Goal, Ticker
from aggregates.board_file import load_board
from aggregates.message import Message, Proof, Shown, Snapshot, Totals
from webapp.board_state import BoardState
from webapp.timeline import MAX_POINTS, RECENT_SECONDS

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
# The id of the Redis that holds what is proven.
SERVER = "a" * 40
DRIFT = {"ALL": {"count": 1, "amount": 250}, "Web": {"count": 1, "amount": 250}}


def proof(at: str, server: str = SERVER, **changes: Any) -> Proof:
    """Return a proof by a run that found nothing to mend, and took no time."""
    return Proof(at, at, server, {})._replace(**changes)


def snapshot(**changes: Any) -> Snapshot:
    empty = Snapshot(
        epoch="e1",
        version=7,
        at=AT,
        created=None,
        proof=None,
        totals={},
        timeline={},
        ticker=(),
        milestones={},
        rejected=0,
    )
    return replace(empty, **changes)


def message(version: int = 8, **changes: Any) -> Message:
    nothing = Message(
        board="fundraiser",
        epoch="e1",
        version=version,
        at=LATER,
        created=None,
        totals={},
        timeline={},
        put=(),
        removed=(),
        milestones={},
        rejected=0,
        proof=None,
    )
    return replace(nothing, **changes)


def shown(id_: int, at_ms: int, platform: str = "Facebook") -> Shown:
    return Shown(id_, at_ms, {"platform": platform})


def sums(count: int, amount: int) -> Totals:
    return {"count": count, "amount": amount}


def wire(value: object) -> Any:
    """Return what a client reads of a value."""
    return json.loads(json.dumps(value))


def merge(shown: dict[str, Any], update: Mapping[str, Any], now_seconds: float) -> dict[str, Any]:
    """Return a snapshot with an update merged into it, as `docs/protocol.md` tells clients to."""
    merged = {**shown, **{name: update[name] for name in ("epoch", "version", "at")}}
    for name in ("created", "verified_at", "drift", "rejected"):
        if name in update:
            merged[name] = update[name]
    totals = {**shown["totals"], **update.get("totals", {})}
    merged["totals"] = {group: value for group, value in totals.items() if value is not None}
    if shown["timeline"] is not None:
        changed = update.get("timeline", {"points": [], "recent": []})
        timeline = dict(shown["timeline"])
        for part in ("points", "recent"):
            points = {point[0]: point for point in [*timeline[part], *changed[part]]}
            timeline[part] = [points[start] for start in sorted(points) if points[start][1] != 0]
        timeline["recent"] = [p for p in timeline["recent"] if p[0] >= now_seconds - RECENT_SECONDS]
        merged["timeline"] = timeline
    if shown["ticker"] is not None:
        changed = update.get("ticker", {"put": [], "removed": []})
        items = {item["id"]: item for item in [*shown["ticker"]["items"], *changed["put"]]}
        kept = [item for item in items.values() if item["id"] not in changed["removed"]]
        kept.sort(key=lambda item: (item["at_ms"], item["id"]), reverse=True)
        merged["ticker"] = {**shown["ticker"], "items": kept[: shown["ticker"]["length"]]}
    if shown["goal"] is not None:
        reached = {**shown["goal"]["reached"], **update.get("reached", {})}
        merged["goal"] = {**shown["goal"], "reached": reached}
    return merged


def test_a_snapshot_shows_the_board_and_what_redis_holds() -> None:
    state = BoardState(
        BOARD,
        snapshot(
            totals={"ALL": sums(1, 100), "Facebook": sums(1, 100)},
            timeline={MINUTE: sums(1, 100)},
            ticker=(shown(1, 5),),
            milestones={100: AT},
            rejected=2,
            created=AT,
            proof=proof(AT, drift=DRIFT),
        ),
    )
    assert wire(state.snapshot_json(NOW)) == {
        "board": "fundraiser",
        "epoch": "e1",
        "version": 7,
        "at": AT,
        "created": AT,
        "verified_at": AT,
        "drift": DRIFT,
        "title": "Live fundraiser",
        "group_by": "platform",
        "donate_url": None,
        "measures": [
            {"name": "count", "attribute": None, "unit": "", "exponent": 0},
            {"name": "amount", "attribute": "amount", "unit": "USD", "exponent": 2},
        ],
        "totals": {"ALL": sums(1, 100), "Facebook": sums(1, 100)},
        "goal": {
            "measure": "amount",
            "target": 300,
            "milestones": [100, 200],
            "reached": {"100": AT},
        },
        "timeline": {
            "bucket_seconds": 60,
            "step_seconds": 60,
            "points": [[MINUTE, 1, 100]],
            "recent": [[MINUTE, 1, 100]],
        },
        "ticker": {
            "length": 2,
            "attributes": ["platform"],
            "items": [{"id": 1, "at_ms": 5, "attributes": {"platform": "Facebook"}}],
        },
        "rejected": 2,
    }


def test_a_board_of_which_nothing_is_counted_stands_at_zero() -> None:
    assert BoardState(BOARD, snapshot()).snapshot_json(NOW)["totals"] == {"ALL": sums(0, 0)}


def test_goal_timeline_and_ticker_are_null_on_a_board_without_them() -> None:
    state = BoardState(BARE, snapshot())
    shown = state.snapshot_json(NOW)
    assert (shown["goal"], shown["timeline"], shown["ticker"]) == (None, None, None)
    state.apply(message(totals={"ALL": sums(1, 5)}))
    update = state.take_update_json(NOW)
    assert not {"timeline", "ticker", "reached"} & set(update)


def test_an_update_tells_only_what_has_changed() -> None:
    state = BoardState(BOARD, snapshot(totals={"ALL": sums(1, 5), "Phone": sums(1, 5)}))
    state.apply(message(totals={"ALL": sums(2, 8), "Web": sums(1, 3)}, rejected=4, created=AT))
    assert state.take_update_json(NOW) == {
        "epoch": "e1",
        "version": 8,
        "at": LATER,
        "created": AT,
        "verified_at": None,
        "drift": None,
        "totals": {"ALL": sums(2, 8), "Web": sums(1, 3)},
        "rejected": 4,
    }


def test_an_update_is_told_once() -> None:
    state = BoardState(BOARD, snapshot())
    state.apply(
        message(
            totals={"ALL": sums(1, 100)},
            timeline={MINUTE: sums(1, 100)},
            put=(shown(1, 5),),
            milestones={100: LATER},
        )
    )
    first = state.take_update_json(NOW)
    assert first is not None
    assert {"timeline", "ticker", "reached"} <= set(first)
    second = state.take_update_json(NOW)
    assert second is not None
    assert second["totals"] == {}
    assert not {"timeline", "ticker", "reached"} & set(second)


def test_a_group_and_a_bucket_that_are_gone_are_null_and_zero() -> None:
    held = {"ALL": sums(1, 5), "Phone": sums(1, 5)}
    state = BoardState(BOARD, snapshot(totals=held, timeline={MINUTE: sums(1, 5)}))
    state.apply(message(totals={"ALL": sums(0, 0), "Phone": None}, timeline={MINUTE: None}))
    update = state.take_update_json(NOW)
    assert update["totals"] == {"ALL": sums(0, 0), "Phone": None}
    assert update["timeline"] == {"points": [[MINUTE, 0, 0]], "recent": [[MINUTE, 0, 0]]}
    assert state.snapshot_json(NOW)["totals"] == {"ALL": sums(0, 0)}


def test_several_messages_make_one_update_of_their_last_values() -> None:
    state = BoardState(BOARD, snapshot())
    for version, amount in ((8, 1), (9, 2), (10, 3)):
        state.apply(message(version, totals={"ALL": sums(1, amount)}))
    update = state.take_update_json(NOW)
    assert (update["version"], update["totals"]) == (10, {"ALL": sums(1, 3)})


def test_an_old_bucket_is_no_recent_one() -> None:
    old = MINUTE - RECENT_SECONDS - 60
    state = BoardState(BOARD, snapshot())
    state.apply(message(timeline={old: sums(1, 5)}))
    update = state.take_update_json(NOW)
    assert update["timeline"] == {"points": [[old, 1, 5]], "recent": []}


def test_only_as_many_items_are_shown_as_the_ticker_is_long() -> None:
    state = BoardState(BOARD, snapshot(ticker=(shown(1, 10), shown(2, 30), shown(3, 20))))

    def ids() -> list[int]:
        return [item["id"] for item in state.snapshot_json(NOW)["ticker"]["items"]]

    assert ids() == [2, 3]
    state.apply(message(removed=(2,)))
    update = state.take_update_json(NOW)
    assert [item["id"] for item in update["ticker"]["put"]] == [1]
    assert update["ticker"]["removed"] == [2]
    assert ids() == [3, 1]


def test_items_of_one_time_are_ordered_by_id() -> None:
    state = BoardState(BOARD, snapshot(ticker=(shown(9, 5), shown(10, 5))))
    assert [item["id"] for item in state.snapshot_json(NOW)["ticker"]["items"]] == [10, 9]


def test_a_step_that_is_no_longer_a_milestone_is_not_shown_as_reached() -> None:
    state = BoardState(BOARD, snapshot(milestones={50: AT, 100: AT}))
    assert state.snapshot_json(NOW)["goal"]["reached"] == {100: AT}


def test_a_step_of_another_goal_is_not_told_when_it_is_reached() -> None:
    for board in (BOARD, BARE):
        state = BoardState(board, snapshot())
        state.apply(message(milestones={50: LATER}))
        update = state.take_update_json(NOW)
        assert "reached" not in update


def test_a_wider_step_is_told_by_a_snapshot() -> None:
    buckets = {60 * n: sums(1, n) for n in range(MAX_POINTS)}
    state = BoardState(BOARD, snapshot(timeline=buckets))
    state.apply(message(8, timeline={60 * MAX_POINTS: sums(1, 1)}, milestones={100: LATER}))
    assert state.needs_snapshot
    update = state.take_update_json(NOW)
    # What was reached is told all the same: by a snapshot alone nobody would celebrate it.
    assert update["reached"] == {100: LATER}
    assert "timeline" not in update
    assert not state.needs_snapshot
    state.apply(message(9, timeline={0: sums(2, 2)}))
    update = state.take_update_json(NOW)
    assert update["timeline"]["points"] == [[0, 3, 3]]


def test_an_item_that_came_and_went_between_two_frames_is_taken_back() -> None:
    """A client that joined in between was told of it by its first snapshot."""
    state = BoardState(BOARD, snapshot())
    state.apply(message(8, put=(shown(9, 60_000),)))
    assert [item["id"] for item in state.snapshot_json(NOW)["ticker"]["items"]] == [9]
    state.apply(message(9, removed=(9,)))
    assert state.take_update_json(NOW)["ticker"] == {"put": [], "removed": [9]}
    state.apply(message(10, rejected=1))
    assert "ticker" not in state.take_update_json(NOW)


def test_only_what_the_board_lists_is_shown_whatever_redis_has() -> None:
    """The list may have got shorter since."""
    kept = Shown(9, 60_000, {"platform": "Web", "email": "donor@example.org"})
    state = BoardState(BOARD, snapshot(ticker=(kept,)))
    [item] = state.snapshot_json(NOW)["ticker"]["items"]
    assert item["attributes"] == {"platform": "Web"}
    state.apply(message(8, put=(Shown(10, 61_000, kept.attributes),)))
    [put] = state.take_update_json(NOW)["ticker"]["put"]
    assert put["attributes"] == {"platform": "Web"}


def test_what_a_message_leaves_out_stays() -> None:
    state = BoardState(BOARD, snapshot(created=AT, proof=proof(AT)))
    state.apply(message())
    assert (state.created, state.proof, state.id) == (AT, proof(AT), "e1-8")


group_totals = st.tuples(st.integers(1, 9), st.integers(-(10**12), 10**12)).map(lambda v: sums(*v))
starts = st.integers(0, 90).map(lambda n: MINUTE - 60 * n) | st.integers(0, 900).map(
    lambda n: 60 * n
)
items = st.builds(shown, st.integers(1, 9), st.integers(0, 9), st.sampled_from(["Web", "Phone"]))
bodies = st.fixed_dictionaries(
    {
        "totals": st.dictionaries(
            st.sampled_from(["Facebook", "a:b", "🎁"]), st.none() | group_totals
        ),
        "timeline": st.dictionaries(starts, st.none() | group_totals, max_size=40),
        "put": st.lists(items, max_size=4, unique_by=lambda item: item.id).map(tuple),
        "removed": st.lists(st.integers(1, 9), max_size=3).map(tuple),
        "milestones": st.dictionaries(st.sampled_from([100, 200, 300]), st.just(LATER)),
        "rejected": st.integers(0, 9),
        "proof": st.sampled_from([None, proof(LATER), proof(LATER, drift=DRIFT)]),
        "created": st.sampled_from([None, AT, LATER]),
    }
)
# Whether a frame is made after the message: slower frames join several.
steps = st.lists(st.tuples(bodies, st.booleans()), min_size=1, max_size=12)


@pytest.mark.parametrize("board", [BOARD, BARE], ids=["full board", "bare board"])
@given(buckets=st.integers(0, MAX_POINTS), steps=steps)
def test_a_client_that_merges_updates_shows_what_a_snapshot_would(
    board: Any, buckets: int, steps: list[tuple[dict[str, Any], bool]]
) -> None:
    state = BoardState(board, snapshot(timeline={60 * n: sums(1, n) for n in range(buckets)}))
    client = wire(state.snapshot_json(NOW))
    for version, (body, framed) in enumerate(steps, 8):
        state.apply(message(version, **body))
        if framed or version == 7 + len(steps):
            needs_snapshot = state.needs_snapshot
            client = merge(client, wire(state.take_update_json(NOW)), NOW)
            if needs_snapshot:
                client = wire(state.snapshot_json(NOW))
    assert client == wire(state.snapshot_json(NOW))
