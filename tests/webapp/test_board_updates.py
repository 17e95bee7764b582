"""An update tells what has changed, within limits, and a client that merges it is right."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregates.board import Board, Ticker
from aggregates.message import Sums, TickerItem
from aggregates.snapshot import Snapshot
from aggregates.steps import limit_points
from tests.webapp.board_states import BARE, DRIFT, MINUTE, NOW, items, names, shown, wire
from tests.webapp.states import AT, BOARD, LATER, message, proof, snapshot, sums
from webapp.board_state import BoardState
from webapp.frame import encode_json
from webapp.timeline import RECENT_SECONDS


def merge(shown: dict[str, Any], update: Mapping[str, Any], now_seconds: float) -> dict[str, Any]:
    """Return a snapshot with an update merged in as `docs/protocol.md` tells clients to."""
    merged = {**shown, **{name: update[name] for name in ("epoch", "version", "at")}}
    for name in ("created", "verified_at", "drift", "rejected", "rest", "groups"):
        if name in update:
            merged[name] = update[name]
    totals = {**shown["totals"], **update.get("totals", {})}
    merged["totals"] = {group: value for group, value in totals.items() if value is not None}
    numbers = {**shown["numbers"], **update.get("numbers", {})}
    merged["numbers"] = {group: n for group, n in numbers.items() if group in merged["totals"]}
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
        reached = update.get("goal_reached", shown["goal"]["reached"])
        merged["goal"] = {**shown["goal"], "reached": reached}
    return merged


def test_a_step_that_is_no_longer_a_milestone_is_not_shown_as_reached() -> None:
    state = BoardState(BOARD, snapshot(milestones={50: AT, 100: AT}))
    assert state.snapshot_json(NOW)["goal"]["reached"] == {100: AT}


def test_a_step_of_another_goal_is_not_told_when_it_is_reached() -> None:
    for board in (BOARD, BARE):
        state = BoardState(board, snapshot())
        state.apply(message(milestones={50: LATER}, celebrate=(50,)))
        update = state.take_update_json(NOW)
        assert not {"reached", "goal_reached"} & set(update)


def test_a_wider_step_is_told_by_a_snapshot() -> None:
    state = BoardState(BOARD, snapshot(points={0: sums(1, 1), 60: sums(1, 2)}))
    wider: dict[str, Any] = {"step_seconds": 120, "points": {0: sums(2, 3), 600: sums(1, 1)}}
    state.apply(message(8, **wider, milestones={100: LATER}, celebrate=(100,)))
    assert state.needs_snapshot
    update = state.take_update_json(NOW)
    # The update still has the reached steps: from a snapshot alone, nobody would celebrate.
    assert update["reached"] == {100: LATER}
    assert "timeline" not in update
    assert not state.needs_snapshot
    assert state.snapshot_json(NOW)["timeline"]["points"] == [[0, 2, 3], [600, 1, 1]]
    state.apply(message(9, step_seconds=120, points={0: sums(3, 5)}))
    update = state.take_update_json(NOW)
    assert update["timeline"]["points"] == [[0, 3, 5]]


def test_a_step_that_is_reached_no_more_is_told_and_not_celebrated_twice() -> None:
    state = BoardState(BOARD, snapshot())
    state.apply(message(8, milestones={100: AT, 200: AT}, celebrate=(100, 200)))
    state.apply(message(9, milestones={200: None}))
    update = state.take_update_json(NOW)
    assert (update["reached"], update["goal_reached"]) == ({100: AT}, {100: AT})
    # Within ten minutes.
    state.apply(message(10, milestones={200: AT}))
    update = state.take_update_json(NOW)
    assert "reached" not in update
    assert update["goal_reached"] == {100: AT, 200: AT}
    assert state.snapshot_json(NOW)["goal"]["reached"] == {100: AT, 200: AT}


def test_what_a_lost_message_reached_is_celebrated_but_not_what_was_reached_before() -> None:
    old = BoardState(BOARD, snapshot(milestones={100: AT}))
    old.apply(message(8, milestones={100: None}))
    new = BoardState(BOARD, snapshot(version=10, milestones={100: AT, 200: LATER}))
    new.follow(old)
    update = new.take_update_json(NOW)
    assert (update["reached"], update["goal_reached"]) == ({200: LATER}, {100: AT, 200: LATER})


def test_a_proof_is_told_once_and_of_all_groups_together() -> None:
    state = BoardState(BOARD, snapshot())
    state.apply(message(8, proof=proof(LATER, drift=DRIFT)))
    update = state.take_update_json(NOW)
    assert (update["verified_at"], update["drift"]) == (LATER, {"ALL": DRIFT["ALL"]})
    state.apply(message(9))
    assert not {"verified_at", "drift"} & set(state.take_update_json(NOW))


@pytest.mark.parametrize(
    ("moved", "count", "in_place"), [(2, 1, False), (3, 1, True), (3, 29, True), (3, 30, False)]
)
def test_a_timeline_of_running_totals_is_not_shown(moved: int, count: int, in_place: bool) -> None:
    """It would show a false rate."""
    state = BoardState(BOARD, snapshot(totals={"ALL": sums(count, 5)}, points={0: sums(1, 5)}))
    state.apply(message(8, moved=moved))
    assert state.needs_snapshot is in_place
    assert "timeline" not in state.take_update_json(NOW)
    shown = state.snapshot_json(NOW)
    assert (shown["in_place"], shown["timeline"] is None) == (in_place, in_place)
    always = BoardState(replace(BOARD, running_total=True), snapshot())
    assert always.snapshot_json(NOW)["timeline"] is None


LONG_NAMES = {f"{n:03}" + "🎁" * 197: sums(1, 1000 - n) for n in range(400)}


def test_no_event_is_longer_than_64_kb() -> None:
    """For any names, texts and numbers."""
    measures = tuple(replace(BOARD.measures[0], name=f"sum{n}") for n in range(8))
    board = replace(
        BOARD, measures=measures, shown=200, goal=None, ticker=Ticker(100, ("platform", "note"))
    )
    big: Sums = {"count": 10**6, **{measure.name: 10**15 for measure in measures}}
    state = BoardState(
        board,
        snapshot(
            totals={"ALL": big} | dict.fromkeys(LONG_NAMES, big),
            group_count=50_000,
            points={60 * n: big for n in range(limit_points(9))},
            recent={MINUTE + 60 * n: big for n in range(-200, 200)},
            ticker=tuple(
                TickerItem(n, n, {"platform": "🎁" * 200, "note": "x" * 200}) for n in range(200)
            ),
            proof=proof(AT, drift=LONG_NAMES),
        ),
    )
    assert len(encode_json(state.snapshot_json(NOW)).encode()) < 64_000
    ranks = list(LONG_NAMES)
    other = {f"{n:03}" + "🎄" * 197: {**big, "sum0": 2 * 10**15} for n in range(400)}
    state.apply(
        message(
            totals={"ALL": big} | dict.fromkeys(ranks) | other,
            group_count=50_000,
            step_seconds=60,
            points={60 * n: big for n in range(limit_points(9))},
            recent={MINUTE + 60 * n: big for n in range(-200, 200)},
            put=tuple(TickerItem(n, n, {"platform": "🎄" * 200}) for n in range(200)),
        )
    )
    needs_snapshot = state.needs_snapshot
    update = state.take_update_json(NOW)
    assert len(encode_json(update).encode()) < 64_000
    assert needs_snapshot or "totals" in update
    assert len(encode_json(state.snapshot_json(NOW)).encode()) < 64_000


def test_an_item_that_came_and_went_between_two_frames_is_taken_back() -> None:
    """A client that joined in between got it in its first snapshot."""
    state = BoardState(BOARD, snapshot())
    state.apply(message(8, put=(shown(9, 60_000),)))
    assert [item["id"] for item in state.snapshot_json(NOW)["ticker"]["items"]] == [9]
    state.apply(message(9, removed=(9,)))
    assert state.take_update_json(NOW)["ticker"] == {"put": [], "removed": [9]}
    state.apply(message(10, rejected=1))
    assert "ticker" not in state.take_update_json(NOW)


def test_only_what_the_board_lists_is_shown_whatever_redis_has() -> None:
    """The list may have become shorter since."""
    kept = TickerItem(9, 60_000, {"platform": "Web", "email": "donor@example.org"})
    state = BoardState(BOARD, snapshot(ticker=(kept,)))
    [item] = state.snapshot_json(NOW)["ticker"]["items"]
    assert item["attributes"] == {"platform": "Web"}
    state.apply(message(8, put=(TickerItem(10, 61_000, kept.attributes),)))
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


bodies = st.fixed_dictionaries(
    {
        "totals": st.dictionaries(names, st.none() | group_totals),
        "step_seconds": st.sampled_from([60, 60, 60, 120]),
        "points": st.dictionaries(starts, st.none() | group_totals, max_size=40),
        "recent": st.dictionaries(starts, st.none() | group_totals, max_size=9),
        "put": st.lists(items, max_size=4, unique_by=lambda item: item.id).map(tuple),
        "removed": st.lists(st.integers(1, 9), max_size=3).map(tuple),
        "milestones": st.dictionaries(
            st.sampled_from([100, 200, 300]), st.sampled_from([LATER, None])
        ),
        "rejected": st.integers(0, 9),
        "proof": st.sampled_from([None, proof(LATER), proof(LATER, drift=DRIFT)]),
        "created": st.sampled_from([None, AT, LATER]),
        "moved": st.sampled_from([None, None, None, 9]),
    }
)


# Whether a frame is made after the message; slower frames join several messages.
steps = st.lists(st.tuples(bodies, st.booleans()), min_size=1, max_size=12)


@pytest.mark.parametrize("board", [BOARD, BARE], ids=["full board", "bare board"])
@settings(deadline=None)
@given(shown_groups=st.integers(1, 4), steps=steps)
def test_a_client_that_merges_updates_shows_what_a_snapshot_would(
    board: Board, shown_groups: int, steps: list[tuple[dict[str, Any], bool]]
) -> None:
    """They are the first of all groups; Redis is read again if necessary."""
    board = replace(board, shown=shown_groups)
    truth: dict[str, Sums] = {}
    state = BoardState(board, snapshot(points={0: sums(1, 1)}))
    client = wire(state.snapshot_json(NOW))
    for version, (body, framed) in enumerate(steps, 8):
        told = {group: of for group, of in body["totals"].items() if of or group in truth}
        truth = {group: of for group, of in {**truth, **told}.items() if of}
        all_ = sums(*(sum(of[name] for of in truth.values()) for name in ("count", "amount")))
        changes = body | {"totals": told | {"ALL": all_}, "group_count": len(truth)}
        state.apply(message(version, **changes))
        if state.needs_read:
            first = sorted(truth, key=lambda group: (-truth[group]["amount"], group))
            totals = {group: truth[group] for group in first[: 2 * shown_groups]} | {"ALL": all_}
            read = BoardState(board, read_again(state, version, totals, len(truth)))
            read.follow(state)
            state = read
        if framed or version == 7 + len(steps):
            needs_snapshot = state.needs_snapshot
            client = merge(client, wire(state.take_update_json(NOW)), NOW)
            if needs_snapshot:
                client = wire(state.snapshot_json(NOW))
    assert client == wire(state.snapshot_json(NOW))
    first = sorted(truth, key=lambda group: (-truth[group]["amount"], group))[:shown_groups]
    assert list(state.snapshot_json(NOW)["totals"]) == ["ALL", *first]
    rest = client["rest"] or {"groups": 0, **sums(0, 0)}
    assert rest["groups"] == len(truth) - len(first)
    for name in ("count", "amount"):
        shown_sum = sum(truth[group][name] for group in first)
        assert shown_sum + rest[name] == sum(of[name] for of in truth.values())


def read_again(state: BoardState, version: int, totals: dict[str, Sums], count: int) -> Snapshot:
    """Return the data from Redis if a state's groups must be read again."""
    held = state.snapshot_json(NOW)
    goal, ticker = held["goal"] or {"reached": {}}, held["ticker"] or {"items": []}
    timeline = state._timeline
    return snapshot(
        version=version,
        at=LATER,
        created=held["created"],
        proof=state.proof,
        totals=totals,
        group_count=count,
        step_seconds=timeline.step_seconds if timeline else None,
        points=timeline._points if timeline else None,
        recent=timeline._recent if timeline else None,
        ticker=tuple(TickerItem(i["id"], i["at_ms"], i["attributes"]) for i in ticker["items"]),
        milestones=goal["reached"],
        rejected=held["rejected"],
        moved=state._moved,
    )
