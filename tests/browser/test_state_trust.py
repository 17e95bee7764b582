"""What a screen says of its figures, and which it keeps."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.examples import example
from tests.browser.reduced import (
    EPOCH,
    NOW_MS,
    Event,
    Json,
    Reduce,
    State,
    shown,
    snapshot,
    status,
    update,
)

pytestmark = pytest.mark.browser


TRUST = """async ([base, state, now_ms]) =>
  (await import(`${base}/static/trust.js`)).describeTrust(state, now_ms)"""


@pytest.fixture
def trust(module_page: Page, static_url: str) -> Callable[[State, int], Json]:
    def describe(state: State, now_ms: int) -> Json:
        described: Json = module_page.evaluate(TRUST, [static_url, state, now_ms])
        return described

    return describe


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
