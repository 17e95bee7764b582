"""The display's state is a pure function `(state, event) → state`; here it runs in Chromium."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.examples import example

pytestmark = pytest.mark.browser

Json = dict[str, Any]
State = dict[str, Any]
Event = dict[str, Any]
Reduce = Callable[..., State]

NOW_MS = 1_795_287_851_300  # 2026-11-21T19:04:11.300Z
EPOCH = "9f2c4be01d7a6e35"

RUN = """async ([base, board, now_ms, events]) => {
  const { initialState, reduce } = await import(`${base}/static/state.js`);
  const freeze = (value) => {
    if (value && typeof value === "object") Object.values(Object.freeze(value)).forEach(freeze);
    return value;
  };
  return events.reduce((state, event) => freeze(reduce(state, freeze(event))),
    freeze(initialState(board, now_ms)));
}"""

TRUST = """async ([base, state, now_ms]) =>
  (await import(`${base}/static/trust.js`)).describeTrust(state, now_ms)"""


@pytest.fixture
def run(module_page: Page, static_url: str) -> Reduce:
    """Return a function that gives the state after the events; every state is frozen."""

    def reduce(*events: Event) -> State:
        state: State = module_page.evaluate(RUN, [static_url, "fundraiser", NOW_MS, list(events)])
        return state

    return reduce


@pytest.fixture
def trust(module_page: Page, static_url: str) -> Callable[[State, int], Json]:
    def describe(state: State, now_ms: int) -> Json:
        described: Json = module_page.evaluate(TRUST, [static_url, state, now_ms])
        return described

    return describe


def snapshot(**changes: Any) -> Event:
    return {"type": "snapshot", "data": {**example("snapshot"), **changes}, "now_ms": NOW_MS}


def update(version: int = 814, now_ms: int = NOW_MS, **changes: Any) -> Event:
    at = "2026-11-21T19:04:12.020Z"
    data = {"epoch": EPOCH, "version": version, "at": at, **deepcopy(changes)}
    return {"type": "update", "data": data, "now_ms": now_ms}


def status(now_ms: int = NOW_MS, **changes: Any) -> Event:
    live = {**example("snapshot")["status"], **changes}
    return {"type": "status", "data": live, "now_ms": now_ms}


def phase(name: str, now_ms: int = NOW_MS) -> Event:
    return {"type": "phase", "phase": name, "now_ms": now_ms}


def restored(kept: Json) -> Event:
    return {
        "type": "restored",
        "snapshot": kept,
        "proven": True,
        "as_of_ms": 5,
        "now_ms": NOW_MS,
    }


def shown(state: State) -> Json:
    figures: Json = state["snapshot"]
    return figures


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


Describe = Callable[[State, int], Json]


def test_figures_are_live_only_when_the_server_says_so(run: Reduce, trust: Describe) -> None:
    assert trust(run(snapshot()), NOW_MS)["state"] == "live"
    checking = run(snapshot(), status(state="checking", live=False))
    assert trust(checking, NOW_MS)["state"] == "checking"
    offline = run(snapshot(), status(state="offline", live=False))
    assert trust(offline, NOW_MS)["state"] == "stale"


def test_a_lost_connection_says_so_at_once_and_keeps_the_figures(
    run: Reduce, trust: Describe
) -> None:
    state = run(snapshot(), phase("lost"))
    assert shown(state)["totals"] == example("snapshot")["totals"]
    told = trust(state, NOW_MS + 1_000)
    assert (told["state"], told["live"]) == ("reconnecting", False)
    assert told["as_of_ms"] == NOW_MS


def test_after_15_seconds_without_connection_the_screen_is_offline(
    run: Reduce, trust: Describe
) -> None:
    state = run(snapshot(), phase("lost"), phase("lost", NOW_MS + 14_000))
    assert trust(state, NOW_MS + 15_000)["state"] == "offline"


def test_a_silent_server_makes_the_figures_stale(run: Reduce, trust: Describe) -> None:
    assert trust(run(snapshot()), NOW_MS + 19_000)["state"] == "live"
    assert trust(run(snapshot()), NOW_MS + 21_000)["state"] == "stale"


def test_any_event_ends_the_interruption(run: Reduce, trust: Describe) -> None:
    state = run(snapshot(), phase("lost"), status(NOW_MS + 30_000))
    assert trust(state, NOW_MS + 30_000)["state"] == "live"


def test_figures_from_before_a_reload_are_shown_but_not_live(run: Reduce, trust: Describe) -> None:
    kept = example("snapshot")
    state = run(restored(kept))
    assert shown(state) == kept
    told = trust(state, NOW_MS)
    assert (told["state"], told["live"], told["as_of_ms"]) == ("reconnecting", False, 5)
    assert run(restored(kept), update(reached={"100000000": "…"}))["celebration"] is None


def test_without_any_figures_the_screen_waits(run: Reduce, trust: Describe) -> None:
    assert trust(run(), NOW_MS + 60_000)["state"] == "waiting"
    assert trust(run(phase("lost")), NOW_MS + 60_000)["state"] == "waiting"


def test_an_unknown_board_stays_unknown_until_it_is_there(run: Reduce, trust: Describe) -> None:
    unknown = [phase("lost"), phase("unknown"), phase("lost", NOW_MS + 1_000)]
    assert trust(run(*unknown), NOW_MS + 1_000)["state"] == "unknown"
    assert trust(run(*unknown, snapshot()), NOW_MS)["state"] == "live"


def test_old_figures_are_dated_to_when_they_were_last_right(run: Reduce, trust: Describe) -> None:
    later_ms = NOW_MS + 10_000
    at = "2026-11-21T19:04:21.300Z"
    offline = status(later_ms, state="offline", live=False, at=at, since=at)
    assert trust(run(snapshot(), offline), later_ms)["as_of_ms"] == NOW_MS


# Figures that were live stay until the server can vouch for new ones

LESS = {"ALL": {"count": 1, "amount": 100}}
CHECKING = {"state": "checking", "live": False, "reason": "Redis lost a part of the board."}


def unsure(**changes: Any) -> Event:
    """Return a snapshot that the server does not vouch for, by default of another epoch."""
    status = {**example("snapshot")["status"], **CHECKING}
    return snapshot(**{"epoch": "other", "version": 1, "totals": LESS, "status": status, **changes})


@pytest.mark.parametrize("lost", [{}, {"epoch": EPOCH, "version": 12}], ids=["epoch", "version"])
def test_figures_that_were_live_stay_when_the_server_has_lost_some(
    lost: Json, run: Reduce, trust: Describe
) -> None:
    state = run(snapshot(), unsure(**lost))
    assert shown(state)["totals"] == example("snapshot")["totals"]
    told = trust(state, NOW_MS)
    assert (told["state"], told["reason"]) == ("checking", CHECKING["reason"])
    assert told["as_of_ms"] == NOW_MS
    # Updates in the meantime are kept for later and request nothing.
    more = {"ALL": {"count": 2, "amount": 200}}
    change = update(version=20, totals=more)
    change["data"]["epoch"] = lost.get("epoch", "other")
    state = run(snapshot(), unsure(**lost), change)
    assert shown(state)["totals"] == example("snapshot")["totals"]
    assert state["out_of_step"] is False
    # Once live, they are drawn with all updates.
    state = run(snapshot(), unsure(**lost), change, status())
    assert shown(state)["totals"] == more
    assert trust(state, NOW_MS)["state"] == "live"


def test_figures_that_are_proven_later_replace_those_that_were_live(run: Reduce) -> None:
    state = run(snapshot(), unsure(verified_at="2026-11-21T19:30:00.000Z"))
    assert shown(state)["totals"] == LESS
    state = run(snapshot(), unsure(verified_at="2026-11-21T17:30:00.000Z"))
    assert shown(state)["totals"] == example("snapshot")["totals"]


def test_a_live_snapshot_replaces_all(run: Reduce) -> None:
    state = run(snapshot(), unsure(), snapshot(epoch="other", version=1, totals=LESS))
    assert shown(state)["totals"] == LESS


def test_newer_figures_of_the_same_epoch_are_drawn_though_they_are_checked(run: Reduce) -> None:
    state = run(snapshot(), unsure(epoch=EPOCH, version=900))
    assert shown(state)["totals"] == LESS


def test_figures_that_were_never_live_give_way(run: Reduce) -> None:
    state = run(unsure(epoch="first", totals={}), unsure())
    assert shown(state)["totals"] == LESS


def test_figures_kept_over_a_reload_stay_when_the_server_has_lost_some(
    run: Reduce, trust: Describe
) -> None:
    state = run(restored(example("snapshot")), unsure())
    assert shown(state)["totals"] == example("snapshot")["totals"]
    told = trust(state, NOW_MS)
    assert (told["state"], told["as_of_ms"]) == ("checking", 5)


# A member that a frame leaves out has not changed


def test_what_an_update_leaves_out_stays_as_it_is(run: Reduce) -> None:
    rest = {"groups": 3, "count": 30, "amount": 900}
    drift = {"ALL": {"count": 2, "amount": 7500}}
    whole = snapshot(rest=rest, drift=drift, verified_at="2026-11-21T18:00:00.000Z")
    state = run(whole, update(totals={"ALL": {"count": 813, "amount": 1}}))
    assert (shown(state)["rest"], shown(state)["drift"]) == (rest, drift)
    assert shown(state)["verified_at"] == "2026-11-21T18:00:00.000Z"


def test_the_other_groups_change_and_go(run: Reduce) -> None:
    rest = {"groups": 3, "count": 30, "amount": 900}
    state = run(snapshot(rest=None), update(rest=rest))
    assert shown(state)["rest"] == rest
    assert shown(run(snapshot(rest=rest), update(rest=None)))["rest"] is None


def test_an_audit_that_corrected_nothing_says_so(run: Reduce) -> None:
    before = snapshot(drift={"ALL": {"count": 2, "amount": 7500}})
    assert shown(run(before, update(drift=None)))["drift"] is None


def test_a_donation_dated_tomorrow_does_not_stay_on_top(run: Reduce) -> None:
    tomorrow = {"id": 18, "at_ms": NOW_MS + 86_400_000, "attributes": {}}
    first = update(ticker={"put": [tomorrow]})
    later = {"id": 19, "at_ms": NOW_MS + 4_000, "attributes": {}}
    then = update(version=815, now_ms=NOW_MS + 5_000, ticker={"put": [later]})
    ids = [item["id"] for item in shown(run(snapshot(), first, then))["ticker"]["items"]]
    assert ids == [19, 18, 17]
    # A snapshot of the same board after an interruption does not show it again.
    items = [tomorrow, later, *example("snapshot")["ticker"]["items"]]
    again = snapshot(version=815, ticker={**example("snapshot")["ticker"], "items": items})
    again["now_ms"] = NOW_MS + 60_000
    ids = [item["id"] for item in shown(run(snapshot(), first, then, again))["ticker"]["items"]]
    assert ids == [19, 18, 17]


# The crew's control


def control(now_ms: int = NOW_MS, **changes: Any) -> Event:
    idle = example("snapshot")["control"]
    return {"type": "control", "data": {**idle, **changes}, "now_ms": now_ms}


def pulse(id_: str, ago_ms: int = 0) -> Json:
    at = datetime.fromtimestamp((NOW_MS - ago_ms) / 1000, UTC)
    return {"id": id_, "at": at.isoformat()}


def test_a_test_celebration_is_one_and_comes_once(run: Reduce) -> None:
    asked = control(celebrate=pulse("a1"))
    state = run(snapshot(), asked, asked, control(celebrate=pulse("a1"), pin="hello"))
    assert state["celebration"]["test"] is True
    assert state["celebration"]["serial"] == 1
    assert run(snapshot(), asked, control(celebrate=pulse("b2")))["celebration"]["serial"] == 2


def test_what_was_asked_more_than_half_a_minute_ago_is_skipped(run: Reduce) -> None:
    state = run(snapshot(), control(celebrate=pulse("a1", 31_000), reload=pulse("b", 31_000)))
    assert (state["celebration"], state["reload_asked"]) == (None, False)
    assert run(snapshot(), control(reload=pulse("b", 29_000)))["reload_asked"] is True


def test_a_page_that_is_loaded_just_now_neither_celebrates_nor_loads_again(run: Reduce) -> None:
    """Otherwise it would keep reloading until the request expires."""
    told = control(celebrate=pulse("a1"), reload=pulse("b"))
    for state in (run(snapshot(control=told["data"])), run(told, snapshot(control=told["data"]))):
        assert (state["celebration"], state["reload_asked"]) == (None, False)


def test_a_pinned_message_ends_by_the_servers_clock(call: Callable[..., Any]) -> None:
    until = "2026-11-21T21:00:00.000Z"
    end_ms = 1_795_294_800_000
    pinned = {**example("snapshot")["control"], "pin": "hello", "pin_until": until}
    assert call("control.pinnedText", pinned, end_ms - 1) == "hello"
    assert call("control.pinnedText", pinned, end_ms) == ""
    assert call("control.pinnedText", {**pinned, "pin_until": None}, end_ms) == "hello"
    assert call("control.pinnedText", None, end_ms) == ""


def test_what_the_crew_says_is_not_kept_with_the_figures(run: Reduce) -> None:
    state = run(snapshot())
    assert "control" not in shown(state)
    assert state["control"] == example("snapshot")["control"]
