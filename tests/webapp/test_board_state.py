"""A client that merges updates as the protocol says has the same data as a snapshot."""

from typing import Any

from tests.webapp.board_states import BARE, DRIFT, MINUTE, NOW, shown, wire
from tests.webapp.states import AT, BOARD, LATER, message, proof, snapshot, sums
from webapp.board_state import BoardState
from webapp.timeline import RECENT_SECONDS


def test_a_snapshot_shows_the_board_and_what_redis_holds() -> None:
    state = BoardState(
        BOARD,
        snapshot(
            totals={"ALL": sums(1, 100), "Facebook": sums(1, 100)},
            step_seconds=120,
            points={MINUTE: sums(1, 100)},
            recent={MINUTE: sums(1, 100)},
            ticker=(shown(1, 5),),
            milestones={100: AT},
            rejected=2,
            numbers={"Facebook": 4, "Phone": 1},
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
        "drift": {"ALL": DRIFT["ALL"]},
        "title": "Live fundraiser",
        "group_by": "platform",
        "group_order": [],
        "words": {"item": None, "group": None, "headings": {}},
        "donate_url": None,
        "donate_address": None,
        "ends": None,
        "match": None,
        "rehearsal": False,
        "measures": [
            {"name": "count", "attribute": None, "unit": "", "exponent": 0},
            {"name": "amount", "attribute": "amount", "unit": "USD", "exponent": 2},
        ],
        "totals": {"ALL": sums(1, 100), "Facebook": sums(1, 100)},
        "groups": {"count": 1, "shown": 1},
        "rest": None,
        "in_place": False,
        "goal": {
            "measure": "amount",
            "target": 300,
            "milestones": [100, 200],
            "names": {},
            "reached": {"100": AT},
        },
        "timeline": {
            "bucket_seconds": 60,
            "step_seconds": 120,
            "points": [[MINUTE, 1, 100]],
            "recent": [[MINUTE, 1, 100]],
            "lines": [],
        },
        "ticker": {
            "length": 2,
            "attributes": ["platform"],
            "items": [{"id": 1, "at_ms": 5, "attributes": {"platform": "Facebook"}}],
        },
        "rejected": 2,
        "contest": False,
        "numbers": {"Facebook": 4},
        "thanks": None,
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
    state.apply(
        message(
            totals={"ALL": sums(2, 8), "Web": sums(1, 3)}, group_count=2, rejected=4, created=AT
        )
    )
    assert state.take_update_json(NOW) == {
        "epoch": "e1",
        "version": 8,
        "at": LATER,
        "created": AT,
        "totals": {"ALL": sums(2, 8), "Web": sums(1, 3)},
        "groups": {"count": 2, "shown": 2},
        "rest": None,
        "rejected": 4,
    }


def test_an_update_is_told_once() -> None:
    state = BoardState(BOARD, snapshot())
    state.apply(
        message(
            totals={"ALL": sums(1, 100)},
            step_seconds=60,
            points={MINUTE: sums(1, 100)},
            recent={MINUTE: sums(1, 100)},
            put=(shown(1, 5),),
            milestones={100: LATER},
            celebrate=(100,),
        )
    )
    first = state.take_update_json(NOW)
    assert first is not None
    assert {"timeline", "ticker", "reached"} <= set(first)
    second = state.take_update_json(NOW)
    assert second is not None
    assert not {"totals", "timeline", "ticker", "reached", "goal_reached"} & set(second)


def test_a_group_and_a_bucket_that_are_gone_are_null_and_zero() -> None:
    held = {"ALL": sums(1, 5), "Phone": sums(1, 5)}
    bucket = {MINUTE: sums(1, 5)}
    state = BoardState(BOARD, snapshot(totals=held, points=bucket, recent=bucket))
    gone: dict[str, Any] = {"step_seconds": 60, "points": {MINUTE: None}, "recent": {MINUTE: None}}
    totals = {"ALL": sums(0, 0), "Phone": None}
    state.apply(message(totals=totals, group_count=0, **gone))
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


def test_a_bucket_of_the_past_and_of_the_far_future_is_no_recent_one() -> None:
    old, ahead = MINUTE - RECENT_SECONDS - 60, MINUTE + RECENT_SECONDS + 60
    state = BoardState(BOARD, snapshot())
    buckets = {start: sums(1, 5) for start in (old, MINUTE, ahead)}
    state.apply(message(step_seconds=60, points=buckets, recent=buckets))
    update = state.take_update_json(NOW)
    assert len(update["timeline"]["points"]) == 3
    assert update["timeline"]["recent"] == [[MINUTE, 1, 5]]


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
