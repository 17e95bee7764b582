"""Proven figures are kept until new ones are proven; frames contain every change once."""

import json
from typing import Any

import pytest

from aggregates.snapshot import Snapshot
from tests.webapp.feeds import T1, T2, T3, events, held, make_feed, shown
from tests.webapp.states import (
    BOARD,
    SERVER,
    message,
    proof,
    show,
    standing_of,
    sums,
)
from webapp.feed import Feed
from webapp.following import Step
from webapp.trust import LOST, NO_NOTE, NOT_PROVEN, NOTHING_YET, OTHER_DEFINITION


def test_a_feed_is_offline_without_figures_until_redis_is_read() -> None:
    feed = make_feed()
    assert (feed.state, feed.status.state, feed.live) == (None, "offline", False)
    assert feed.snapshot_frame() == b""
    assert list(events(feed.take_frame())) == ["status"]


def test_a_redis_that_holds_nothing_yet_is_checked() -> None:
    feed = make_feed()
    show(feed, None, SERVER)
    assert (feed.status.state, feed.status.reason) == ("checking", NOTHING_YET)


def test_figures_are_live_once_they_are_proven() -> None:
    feed = make_feed(held(proof=proof(T1)))
    assert (feed.status.state, feed.status.reason, feed.live) == ("live", "", True)


UNFIT = {
    "never proven": (held(proof=None), NOT_PROVEN),
    "proven on another server": (held(proof=proof(T2, "b" * 40)), NOT_PROVEN),
    "counted under another definition": (held(definition="another"), OTHER_DEFINITION),
}


@pytest.mark.parametrize(("found", "reason"), UNFIT.values(), ids=UNFIT)
def test_a_process_that_starts_shows_nothing_that_may_be_wrong(
    found: Snapshot, reason: str
) -> None:
    """It would be too low, or in another currency; no figure is better than a wrong one."""
    feed = make_feed(found)
    assert (shown(feed), feed.status.state, feed.status.reason) == (None, "checking", reason)
    assert feed.snapshot_frame() == b""


def test_figures_stay_when_redis_is_gone_and_live_again_when_it_is_back() -> None:
    feed = make_feed(held())
    feed.set_offline("Redis does not answer (ConnectionError)")
    assert (feed.status.state, shown(feed)) == ("offline", 7)
    told = events(feed.take_frame())
    assert list(told) == ["status"]
    assert told["status"]["reason"] == "Redis does not answer (ConnectionError)"
    show(feed, held(), SERVER)
    assert list(events(feed.take_frame())) == ["status"]
    assert feed.live


def test_since_is_when_the_state_began_whatever_its_reasons() -> None:
    feed = make_feed(held())
    feed.set_offline("one reason")
    since = feed.status.since
    feed.set_offline("another reason")
    assert (feed.status.since, feed.status.reason) == (since, "another reason")


LOSSES = {
    "Redis is empty": None,
    "the same on another server": held(7, proof=proof(T2, "b" * 40)),
    "another epoch that is not proven": held(3, epoch="e2", proof=None),
    "another epoch with as many versions": held(7, epoch="e2", proof=None),
    "an older version of the same epoch": held(5),
    "an older version from before the last proof": held(5, proof=proof(T1)),
    "an older version from before any proof": held(5, proof=None),
    "a part of its keys": held(7, is_lost=True, totals={"ALL": sums(0, 0)}),
}


@pytest.mark.parametrize("found", LOSSES.values(), ids=LOSSES)
def test_proven_figures_are_kept_when_redis_lost_data(found: Snapshot | None) -> None:
    feed = make_feed(held())
    show(feed, found, SERVER)
    assert (shown(feed), feed.status.state, feed.status.reason) == (7, "checking", LOST)
    told = events(feed.take_frame())
    assert list(told) == ["status"]
    assert told["status"]["live"] is False
    assert json.loads(feed.snapshot_text())["totals"]["ALL"]["count"] == 100


@pytest.mark.parametrize(
    "proven",
    [held(4, epoch="e2", proof=proof(T3)), held(6, proof=proof(T3)), held(9, proof=proof(T3))],
    ids=["another epoch", "an older version", "a newer version"],
)
@pytest.mark.parametrize("found", LOSSES.values(), ids=LOSSES)
def test_what_redis_holds_is_taken_over_once_it_is_proven(
    found: Snapshot | None, proven: Snapshot
) -> None:
    feed = make_feed(held())
    show(feed, found, SERVER)
    feed.take_frame()
    show(feed, proven, SERVER)
    assert feed.live
    assert shown(feed) == proven.version
    assert list(events(feed.take_frame())) == ["snapshot", "status"]


def test_lost_data_is_not_made_up_for_by_as_many_new_versions() -> None:
    feed = make_feed(held(7))
    show(feed, held(5), SERVER)
    for version in (6, 7, 8):
        show(feed, held(version, totals={"ALL": sums(90, 4000)}), SERVER)
        assert (shown(feed), feed.status.reason) == (7, LOST)
        assert feed.accept_message(message(version + 1)) is Step.WAIT
    show(feed, held(9, proof=proof(T3)), SERVER)
    assert (shown(feed), feed.live) == (9, True)
    assert feed.accept_message(message(10)) is Step.FOLLOW


def test_redis_that_was_emptied_is_checked_until_it_is_proven_again() -> None:
    """This holds at every check, even if the totals are as high as before."""
    feed = make_feed(held())
    show(feed, None, SERVER)
    for _ in range(3):
        assert feed.accept_standing(standing_of(BOARD, None, SERVER), SERVER) is not Step.READ
        assert (feed.status.state, feed.status.reason) == ("checking", LOST)
    show(feed, held(8), SERVER)
    assert (shown(feed), feed.status.reason) == (7, LOST)
    show(feed, held(9, proof=proof(T3)), SERVER)
    assert (shown(feed), feed.live) == (9, True)


def test_a_proof_by_a_clock_that_is_behind_is_a_proof_all_the_same() -> None:
    """After a loss, the watch proves again what a laptop ten minutes ahead has proven."""
    feed = make_feed(held(proof=proof(T3)))
    show(feed, held(3, epoch="e2", proof=None), SERVER)
    show(feed, held(4, epoch="e2", proof=proof(T1)), SERVER)
    assert (shown(feed), feed.live) == (4, True)


def test_another_definition_never_replaces_figures_whatever_is_proven_of_it() -> None:
    feed = make_feed(held())
    other = held(9, epoch="e2", definition="another", proof=proof(T3))
    for _ in range(2):
        show(feed, other, SERVER)
        assert (shown(feed), feed.status.reason) == (7, OTHER_DEFINITION)


OTHER_SERVER = "b" * 40


def test_the_same_figures_on_another_server_are_shown_and_doubted() -> None:
    """After a restart or a failover, Redis may have an older state than it seems."""
    feed = make_feed(held())
    show(feed, held(), OTHER_SERVER)
    assert (shown(feed), feed.status.state, feed.status.reason) == (7, "checking", LOST)
    show(feed, held(8), OTHER_SERVER)
    assert (shown(feed), feed.status.reason) == (7, LOST)
    show(feed, held(9, proof=proof(T3, OTHER_SERVER)), OTHER_SERVER)
    assert (shown(feed), feed.live) == (9, True)


def test_the_proving_server_coming_back_unharmed_is_no_proof_of_what_was_held_back() -> None:
    feed = make_feed(held())
    show(feed, held(8), OTHER_SERVER)
    show(feed, held(8), SERVER)
    assert (shown(feed), feed.status.reason) == (7, LOST)
    show(feed, held(9, proof=proof(T3)), SERVER)
    assert feed.live


def test_a_proof_of_another_server_makes_first_figures_not_live() -> None:
    feed = Feed(BOARD, "page-1")
    show(feed, held(), OTHER_SERVER)
    assert (shown(feed), feed.status.state, feed.status.reason) == (None, "checking", NOT_PROVEN)


def note(feed: Feed, **changes: Any) -> None:
    """Make a check find another note."""
    standing = standing_of(BOARD, held(), SERVER, **changes)
    assert feed.accept_standing(standing, SERVER) is not Step.READ


def test_without_a_note_of_this_minute_figures_are_checked() -> None:
    feed = make_feed(held())
    counted_ms = 1_795_287_851_000
    note(feed, counted_ms=counted_ms, now_ms=counted_ms + 50_000)
    assert feed.live
    note(feed, counted_ms=counted_ms, now_ms=counted_ms + 50_001)
    since = "Donations made since 2026-11-21T19:04:11.000Z may be missing"
    assert (feed.status.state, feed.status.reason) == ("checking", since)
    note(
        feed,
        counted_ms=counted_ms,
        now_ms=counted_ms + 62_000,
        chain_reason="the function is disabled",
    )
    assert feed.status.reason == f"{since}: the function is disabled"
    note(feed, counted_ms=counted_ms + 62_000, now_ms=counted_ms + 64_000)
    assert feed.live


ELSEWHERE: dict[str, dict[str, Any]] = {
    "none": {"counted_ms": None},
    "of another epoch": {"chain_epoch": "e0"},
    "of another server": {"chain_server": "b" * 40},
}


@pytest.mark.parametrize("changes", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_note_of_elsewhere_confirms_nothing(changes: dict[str, Any]) -> None:
    feed = make_feed(held())
    note(feed, **changes)
    assert (feed.status.state, feed.status.reason) == ("checking", NO_NOTE)


def test_what_a_check_finds_is_told_without_a_read() -> None:
    feed = make_feed(held())
    found: list[tuple[dict[str, Any], str]] = [
        ({"is_lost": True}, LOST),
        ({"definition": "another"}, OTHER_DEFINITION),
        # The function has skipped changes that have to be counted.
        ({"verified_server": None}, NOT_PROVEN),
    ]
    for changes, reason in found:
        note(feed, **changes)
        assert (feed.status.state, feed.status.reason) == ("checking", reason)
        note(feed)
        assert feed.live


def test_an_eviction_policy_is_noticed_by_the_next_check() -> None:
    feed = make_feed(held())
    usual = standing_of(BOARD, held(), SERVER)
    feed.accept_standing(usual, SERVER, "Redis may evict totals")
    assert (feed.status.state, feed.status.reason) == ("checking", "Redis may evict totals")
    assert feed.accept_message(message(8)) is Step.FOLLOW
    assert not feed.live
    feed.accept_standing(usual._replace(version=8), SERVER)
    assert feed.live


def test_a_check_is_no_sign_that_what_was_held_back_is_right() -> None:
    feed = make_feed(held())
    show(feed, held(5), SERVER)
    feed.accept_standing(standing_of(BOARD, held(5), SERVER), SERVER)
    assert feed.status.reason == LOST


@pytest.mark.parametrize(
    ("changes", "server"),
    [({"version": 8}, SERVER), ({"epoch": "e2"}, SERVER), ({"epoch": None}, SERVER), ({}, "b")],
    ids=["another version", "another epoch", "nothing", "another server"],
)
def test_a_check_that_finds_another_state_asks_for_a_read(
    changes: dict[str, Any], server: str
) -> None:
    feed = make_feed(held())
    standing = standing_of(BOARD, held(), SERVER, **changes)
    assert feed.accept_standing(standing, server) is Step.READ
