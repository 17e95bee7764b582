"""The display's state is a pure function `(state, event) → state`; here it runs in Chromium."""

import pytest

from tests.browser.examples import example
from tests.browser.reduced import NOW_MS, Reduce, shown, snapshot, status, update

pytestmark = pytest.mark.browser


def test_a_snapshot_replaces_everything(run: Reduce) -> None:
    other = {"ALL": {"count": 1, "amount": 100}, "Phone": {"count": 1, "amount": 100}}
    state = run(snapshot(), update(), snapshot(epoch="other", version=3, totals=other))
    assert shown(state)["totals"] == other
    assert (shown(state)["epoch"], shown(state)["version"]) == ("other", 3)


def test_an_update_sets_absolute_values_and_leaves_the_rest(run: Reduce) -> None:
    state = run(snapshot(), update(totals={"ALL": {"count": 813, "amount": 4125150}}))
    assert shown(state)["totals"] == {
        "ALL": {"count": 813, "amount": 4125150},
        "Facebook": {"count": 302, "amount": 1202500},
    }


def test_the_same_update_twice_changes_nothing(run: Reduce) -> None:
    change = update(
        totals={"ALL": {"count": 813, "amount": 4125150}},
        timeline={"recent": [[1795287840, 5, 7600]]},
        ticker={"put": [{"id": 18, "at_ms": NOW_MS, "attributes": {}}]},
    )
    assert run(snapshot(), change, change) == run(snapshot(), change)


def test_a_group_that_is_null_leaves_the_totals(run: Reduce) -> None:
    state = run(snapshot(), update(totals={"Facebook": None}))
    assert list(shown(state)["totals"]) == ["ALL"]


def test_a_group_may_have_any_name(run: Reduce) -> None:
    values = {"count": 1, "amount": 5}
    state = run(snapshot(), update(totals={"constructor": values, "": values}))
    assert set(shown(state)["totals"]) == {"ALL", "Facebook", "constructor", ""}


def test_an_update_of_another_epoch_asks_for_a_snapshot(run: Reduce) -> None:
    foreign = update(totals={"ALL": {"count": 1, "amount": 1}})
    foreign["data"]["epoch"] = "0000000000000000"
    state = run(snapshot(), foreign)
    assert state["out_of_step"] is True
    assert shown(state) == shown(run(snapshot()))
    assert run(snapshot(), foreign, snapshot())["out_of_step"] is False


def test_an_update_before_any_snapshot_asks_for_one(run: Reduce) -> None:
    state = run(update())
    assert state["snapshot"] is None
    assert state["out_of_step"] is True


def test_an_update_whose_version_went_back_asks_for_a_snapshot(run: Reduce) -> None:
    """The update belongs to another state; ignoring it would keep showing the old one as live."""
    state = run(snapshot(), update(version=812, totals={"ALL": {"count": 1, "amount": 1}}))
    assert shown(state) == shown(run(snapshot()))
    assert state["out_of_step"] is True


def test_an_update_that_comes_again_changes_nothing(run: Reduce) -> None:
    once = run(snapshot(), update(version=814, totals={"ALL": {"count": 1, "amount": 1}}))
    twice = run(snapshot(), *[update(version=814, totals={"ALL": {"count": 1, "amount": 1}})] * 2)
    assert shown(twice) == shown(once)
    assert twice["out_of_step"] is False


def test_a_bucket_whose_count_is_zero_goes(run: Reduce) -> None:
    state = run(snapshot(), update(timeline={"recent": [[1795287840, 0, 0]]}))
    assert shown(state)["timeline"]["recent"] == []
    assert shown(state)["timeline"]["points"] == [[1795287600, 61, 305000]]


def test_points_stay_in_order_of_time(run: Reduce) -> None:
    early, late = [1795285800, 1, 100], [1795289400, 2, 200]
    state = run(snapshot(), update(timeline={"points": [late, early]}))
    points = shown(state)["timeline"]["points"]
    assert points == [early, [1795287600, 61, 305000], late]


def test_recent_buckets_older_than_70_minutes_are_pruned(run: Reduce) -> None:
    later_ms = NOW_MS + 71 * 60_000
    bucket = [1795292040, 1, 100]
    state = run(snapshot(), update(now_ms=later_ms, timeline={"recent": [bucket]}))
    assert shown(state)["timeline"]["recent"] == [bucket]


def test_recent_is_pruned_by_the_servers_clock(run: Reduce) -> None:
    """The browser's clock is two hours ahead of the server's."""
    ahead_ms = NOW_MS + 2 * 3_600_000
    first = snapshot()
    first["now_ms"] = ahead_ms
    state = run(first, update(now_ms=ahead_ms, timeline={"recent": [[1795287900, 1, 100]]}))
    assert [point[0] for point in shown(state)["timeline"]["recent"]] == [1795287840, 1795287900]


def test_the_ticker_keeps_the_newest_and_no_more_than_its_length(run: Reduce) -> None:
    items = [{"id": 100 + n, "at_ms": NOW_MS + n, "attributes": {}} for n in range(20)]
    state = run(snapshot(), update(ticker={"put": items, "removed": []}))
    assert [item["id"] for item in shown(state)["ticker"]["items"]] == list(range(119, 107, -1))


def test_a_corrected_donation_replaces_itself_in_the_ticker(run: Reduce) -> None:
    corrected = {"id": 17, "at_ms": 1795287851000, "attributes": {"amount": 9900}}
    state = run(snapshot(), update(ticker={"put": [corrected]}))
    [item] = shown(state)["ticker"]["items"]
    assert (item["id"], item["attributes"]) == (17, {"amount": 9900})


def test_a_refunded_donation_leaves_the_ticker(run: Reduce) -> None:
    state = run(snapshot(), update(ticker={"put": [], "removed": [17]}))
    assert shown(state)["ticker"]["items"] == []


def test_a_milestone_is_celebrated_when_an_update_brings_it(run: Reduce) -> None:
    state = run(snapshot(), update(reached={"100000000": "2026-11-21T19:04:12.020Z"}))
    once = {"test": False, "at_ms": NOW_MS, "serial": 1}
    assert state["celebration"] == {"step": 100000000, "goal": False, **once}


def test_a_milestone_that_is_lost_again_is_not_reached_any_more(run: Reduce) -> None:
    now_reached = {"5000000": "2026-11-21T19:04:11.218Z", "100000000": "…"}
    state = run(snapshot(), update(reached={"100000000": "…"}, goal_reached=now_reached))
    assert shown(state)["goal"]["reached"] == now_reached
    state = run(snapshot(), update(goal_reached=now_reached), update(version=815, goal_reached={}))
    assert shown(state)["goal"]["reached"] == {}


def test_the_goal_is_celebrated_as_the_goal(run: Reduce) -> None:
    state = run(snapshot(), update(reached={"100000000": "…", "250000000": "…"}))
    once = {"test": False, "at_ms": NOW_MS, "serial": 1}
    assert state["celebration"] == {"step": 250000000, "goal": True, **once}


def test_a_snapshot_celebrates_nothing(run: Reduce) -> None:
    assert run(snapshot())["celebration"] is None


def test_the_server_decides_what_is_celebrated(run: Reduce) -> None:
    """A step reached again is celebrated only if the server says so."""
    reached = {"100000000": "2026-11-21T19:04:12.020Z"}
    once = update(reached=reached, goal_reached=reached)
    quiet = update(version=816, reached={}, goal_reached=reached)
    state = run(snapshot(), once, update(version=815, goal_reached={}), quiet)
    assert state["celebration"]["serial"] == 1
    state = run(
        snapshot(), once, update(version=815, goal_reached={}), update(816, reached=reached)
    )
    assert state["celebration"]["serial"] == 2


def test_an_update_that_comes_again_is_not_celebrated_again(run: Reduce) -> None:
    once = update(reached={"100000000": "2026-11-21T19:04:12.020Z"})
    assert run(snapshot(), once, once)["celebration"]["serial"] == 1


def test_a_board_without_goal_timeline_and_ticker_takes_updates(run: Reduce) -> None:
    bare = snapshot(goal=None, timeline=None, ticker=None)
    state = run(bare, update(totals={"ALL": {"count": 813, "amount": 1}}, reached={}))
    assert shown(state)["totals"]["ALL"] == {"count": 813, "amount": 1}
    assert [shown(state)[part] for part in ("goal", "timeline", "ticker")] == [None] * 3


def test_cents_are_shown_once_a_sum_has_some(run: Reduce) -> None:
    whole = snapshot(totals={"ALL": {"count": 1, "amount": 1000}}, rest=None)
    assert run(whole)["fractional"] is False
    with_cents = update(totals={"ALL": {"count": 2, "amount": 1050}})
    assert run(whole, with_cents)["fractional"] is True
    # But no longer.
    state = run(whole, with_cents, update(815, totals={"ALL": {"count": 2, "amount": 1100}}))
    assert state["fractional"] is False


def test_cents_are_shown_while_any_part_of_the_total_has_some(run: Reduce) -> None:
    totals = {"ALL": {"count": 2, "amount": 1000}, "Phone": {"count": 1, "amount": 950}}
    assert run(snapshot(totals=totals))["fractional"] is True
    rest = {"groups": 2, "count": 2, "amount": 550}
    totals["Phone"] = {"count": 1, "amount": 900}
    assert run(snapshot(totals=totals, rest=rest))["fractional"] is True


def test_another_page_is_noticed(run: Reduce) -> None:
    assert run(snapshot(), status())["page_changed"] is False
    assert run(snapshot(), status(page="another"))["page_changed"] is True


def test_the_events_of_the_specification_are_understood(run: Reduce) -> None:
    events = [
        {"type": kind, "data": example(kind), "now_ms": NOW_MS}
        for kind in ("snapshot", "update", "status")
    ]
    state = run(*events)
    assert shown(state)["version"] == example("update")["version"]
    assert state["status"] == example("status")
    assert state["out_of_step"] is False
