"""Proven figures are kept until others are proven; frames tell every change once."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

import webapp.feed
from aggregates.message import Proof, Snapshot
from tests.webapp.test_board_state import AT, BOARD, SERVER, message, proof, snapshot, sums
from webapp.feed import Feed
from webapp.timeline import MAX_POINTS

T1, T2, T3 = (f"2026-11-21T1{hour}:00:00.000Z" for hour in range(3))
NOTHING_YET = "Nothing has been counted yet"
UNPROVEN = "The totals have not been checked against the table yet"
LOST = "Redis may have lost data; the table has to be read again"
BEHIND = "The stream is behind the table"


def held(version: int = 7, **changes: Any) -> Snapshot:
    """Return what Redis holds: a hundred items, proven at T2, but for some changes."""
    usual = snapshot(version=version, proof=proof(T2), totals={"ALL": sums(100, 5000)})
    return replace(usual, **changes)


def make_feed(first: Snapshot | None = None) -> Feed:
    feed = Feed(BOARD, "page-1")
    if first is not None:
        feed.accept_snapshot(first, SERVER)
        feed.take_frame()
    return feed


def events(frame: bytes | None) -> dict[str, dict[str, Any]]:
    """Return the data of a frame's events by name; each in it once."""
    found: dict[str, dict[str, Any]] = {}
    for block in (frame or b"").decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        assert fields["event"] not in found
        found[fields["event"]] = json.loads(fields["data"])
    return found


def shown(feed: Feed) -> int | None:
    return None if feed.state is None else feed.state.version


# Before and after the first read


def test_a_feed_is_offline_without_figures_until_redis_is_read() -> None:
    feed = make_feed()
    assert (feed.state, feed.status.state, feed.live) == (None, "offline", False)
    assert feed.snapshot_frame() == b""
    assert list(events(feed.take_frame())) == ["status"]


def test_a_redis_that_holds_nothing_yet_is_checked() -> None:
    feed = make_feed()
    feed.accept_snapshot(None, SERVER)
    assert (feed.status.state, feed.status.reason, feed.seen) == ("checking", NOTHING_YET, None)


@pytest.mark.parametrize(
    ("proven", "state", "reason"), [(proof(T1), "live", ""), (None, "checking", UNPROVEN)]
)
def test_figures_are_live_once_they_are_proven(
    proven: Proof | None, state: str, reason: str
) -> None:
    feed = make_feed(held(proof=proven))
    assert (feed.status.state, feed.status.reason) == (state, reason)
    assert feed.live == (state == "live")


def test_figures_stay_when_redis_is_gone_and_live_again_when_it_is_back() -> None:
    feed = make_feed(held())
    feed.set_offline("Redis does not answer (ConnectionError)")
    assert (feed.status.state, shown(feed)) == ("offline", 7)
    told = events(feed.take_frame())
    assert list(told) == ["status"]
    assert told["status"]["reason"] == "Redis does not answer (ConnectionError)"
    feed.accept_snapshot(held(), SERVER)
    assert list(events(feed.take_frame())) == ["status"]
    assert feed.live


def test_since_is_when_the_state_began_whatever_its_reasons() -> None:
    feed = make_feed(held())
    feed.set_offline("one reason")
    since = feed.status.since
    feed.set_offline("another reason")
    assert (feed.status.since, feed.status.reason) == (since, "another reason")


# Holding back

LOSSES = {
    "Redis is empty": None,
    "the same on another server": held(7, proof=proof(T2, "b" * 40)),
    "another epoch that is not proven": held(3, epoch="e2", proof=None),
    "another epoch with as many versions": held(7, epoch="e2", proof=None),
    "an older version of the same epoch": held(5),
    "an older version from before the last proof": held(5, proof=proof(T1)),
    "an older version from before any proof": held(5, proof=None),
}


@pytest.mark.parametrize("found", LOSSES.values(), ids=LOSSES)
def test_proven_figures_are_kept_when_redis_lost_data(found: Snapshot | None) -> None:
    feed = make_feed(held())
    feed.accept_snapshot(found, SERVER)
    assert (shown(feed), feed.status.state, feed.status.reason) == (7, "checking", LOST)
    assert feed.seen == (None if found is None else (found.epoch, found.version))
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
    feed.accept_snapshot(found, SERVER)
    feed.take_frame()
    feed.accept_snapshot(proven, SERVER)
    assert feed.live
    assert shown(feed) == proven.version
    assert list(events(feed.take_frame())) == ["snapshot", "status"]


def test_lost_data_is_not_made_up_for_by_as_many_new_versions() -> None:
    feed = make_feed(held(7))
    feed.accept_snapshot(held(5), SERVER)
    for version in (6, 7, 8):
        feed.accept_snapshot(held(version, totals={"ALL": sums(90, 4000)}), SERVER)
        assert (shown(feed), feed.status.reason) == (7, LOST)
        assert not feed.accept_message(message(version + 1))
    feed.accept_snapshot(held(9, proof=proof(T3)), SERVER)
    assert (shown(feed), feed.live) == (9, True)
    assert feed.accept_message(message(10))


def test_redis_that_was_empty_for_a_moment_and_has_it_all_again_is_live() -> None:
    feed = make_feed(held())
    feed.accept_snapshot(None, SERVER)
    feed.accept_snapshot(held(8), SERVER)
    assert (shown(feed), feed.live) == (8, True)


def test_figures_that_were_never_proven_give_way_to_any() -> None:
    feed = make_feed(held(7, proof=None))
    feed.accept_snapshot(held(3, epoch="e2", proof=None), SERVER)
    assert feed.state is not None
    assert (feed.state.id, feed.status.reason) == ("e2-3", UNPROVEN)


OTHER_SERVER = "b" * 40


def test_the_same_figures_on_another_server_are_shown_and_doubted() -> None:
    """A restart or a failover, after which Redis may have an older state than it looks."""
    feed = make_feed(held())
    feed.accept_snapshot(held(), OTHER_SERVER)
    assert (shown(feed), feed.status.state, feed.status.reason) == (7, "checking", LOST)
    feed.accept_snapshot(held(8), OTHER_SERVER)
    assert (shown(feed), feed.status.reason) == (7, LOST)
    feed.accept_snapshot(held(9, proof=proof(T3, OTHER_SERVER)), OTHER_SERVER)
    assert (shown(feed), feed.live) == (9, True)


def test_the_proving_server_coming_back_unharmed_is_no_proof_of_what_was_held_back() -> None:
    feed = make_feed(held())
    feed.accept_snapshot(held(8), OTHER_SERVER)
    feed.accept_snapshot(held(8), SERVER)
    assert (shown(feed), feed.status.reason) == (7, LOST)
    feed.accept_snapshot(held(9, proof=proof(T3)), SERVER)
    assert feed.live


def test_a_proof_of_another_server_makes_first_figures_not_live() -> None:
    feed = Feed(BOARD, "page-1")
    feed.accept_snapshot(held(), OTHER_SERVER)
    assert (shown(feed), feed.status.state, feed.status.reason) == (7, "checking", UNPROVEN)


# A stream that is behind the table


@pytest.fixture
def seconds_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A function that has the feed's clock be so many seconds after `T2`."""

    def set_clock(seconds: float) -> None:
        now = datetime.fromisoformat(T2).timestamp() + seconds
        monkeypatch.setattr("webapp.feed._now_seconds", lambda: now)

    set_clock(0)
    return set_clock


def test_after_a_late_batch_figures_are_checked_until_none_comes_for_a_while(
    seconds_later: Callable[[float], None],
) -> None:
    feed = make_feed(held())
    assert feed.accept_message(replace(message(8, at=T2), is_late=True))
    assert (shown(feed), feed.status.state, feed.status.reason) == (8, "checking", BEHIND)
    assert list(events(feed.take_frame())) == ["update", "status"]
    # The other shards are on time; the one that is behind may have more.
    assert feed.accept_message(message(9, at=T2))
    seconds_later(59)
    feed.review()
    assert feed.status.state == "checking"
    seconds_later(60)
    feed.review()
    assert feed.live
    assert list(events(feed.take_frame())) == ["update", "status"]


def test_a_board_that_is_read_just_after_a_late_batch_is_checked(
    seconds_later: Callable[[float], None],
) -> None:
    seconds_later(30)
    feed = make_feed(replace(held(), late_at=T2))
    assert (feed.status.state, feed.status.reason) == ("checking", BEHIND)
    seconds_later(61)
    feed.review()
    assert feed.live


def test_a_review_proves_nothing_that_was_held_back_or_that_nobody_hears_of() -> None:
    feed = make_feed(held())
    feed.accept_snapshot(held(5), SERVER)
    feed.review()
    assert feed.status.reason == LOST
    feed = make_feed(held())
    feed.set_offline()
    feed.review()
    assert feed.status.state == "offline"


def test_figures_that_redis_may_evict_are_not_relied_upon() -> None:
    feed = Feed(BOARD, "page-1")
    feed.accept_snapshot(held(), SERVER, "Redis may evict totals")
    assert (feed.status.state, feed.status.reason) == ("checking", "Redis may evict totals")
    assert feed.accept_message(message(8))
    assert not feed.live
    feed.accept_snapshot(held(8), SERVER)
    assert feed.live


# Messages


def test_the_next_message_is_applied() -> None:
    feed = make_feed(held())
    assert feed.accept_message(message(8, totals={"ALL": sums(101, 5100)}))
    assert (shown(feed), feed.seen) == (8, ("e1", 8))
    assert events(feed.take_frame())["update"]["totals"] == {"ALL": sums(101, 5100)}


@pytest.mark.parametrize("version", [5, 7])
def test_an_older_message_is_passed_over(version: int) -> None:
    feed = make_feed(held())
    assert feed.accept_message(message(version, totals={"ALL": sums(1, 1)}))
    assert shown(feed) == 7
    assert feed.take_frame() is None


@pytest.mark.parametrize(
    "unfit", [message(9), replace(message(8), epoch="e2")], ids=["gap", "another epoch"]
)
def test_a_message_that_does_not_follow_asks_for_a_read(unfit: Any) -> None:
    feed = make_feed(held())
    assert not feed.accept_message(unfit)
    assert shown(feed) == 7
    assert feed.take_frame() is None


def test_a_message_before_the_first_read_asks_for_one() -> None:
    assert not make_feed().accept_message(message(8))


def test_no_message_is_applied_to_figures_that_are_held_back() -> None:
    feed = make_feed(held())
    feed.accept_snapshot(None, SERVER)
    assert not feed.accept_message(message(8))
    assert shown(feed) == 7


def test_a_proof_by_message_makes_the_figures_live() -> None:
    feed = make_feed(held(proof=None))
    assert feed.accept_message(message(8, proof=proof(T1)))
    assert feed.live
    told = events(feed.take_frame())
    assert list(told) == ["update", "status"]
    assert told["update"]["verified_at"] == T1


# Frames


def test_a_first_frame_is_a_snapshot_and_later_ones_are_updates() -> None:
    feed = Feed(BOARD, "page-1")
    feed.accept_snapshot(held(), SERVER)
    frame = feed.take_frame()
    assert list(events(frame)) == ["snapshot", "status"]
    assert frame is not None
    assert frame.startswith(b"id: e1-7\n")
    feed.accept_message(message(8))
    frame = feed.take_frame()
    assert list(events(frame)) == ["update"]
    assert frame is not None
    assert frame.startswith(b"id: e1-8\n")


def test_nothing_new_makes_no_frame() -> None:
    feed = make_feed(held())
    assert feed.take_frame() is None
    feed.accept_snapshot(held(), SERVER)
    assert feed.take_frame() is None


def test_a_read_after_a_gap_is_told_by_what_differs() -> None:
    """As the lost messages would have: a milestone that one of them told of is celebrated."""
    feed = make_feed(
        held(totals={"ALL": sums(2, 9), "Phone": sums(2, 9)}, timeline={0: sums(2, 9)})
    )
    [step] = BOARD.goal.steps_minor[:1] if BOARD.goal else []
    feed.accept_snapshot(
        held(
            12,
            totals={"ALL": sums(1, 4), "Text": sums(1, 4)},
            timeline={60: sums(1, 4)},
            milestones={step: AT},
        ),
        SERVER,
    )
    told = events(feed.take_frame())
    assert list(told) == ["update"]
    update = told["update"]
    assert update["version"] == 12
    assert update["totals"] == {"ALL": sums(1, 4), "Phone": None, "Text": sums(1, 4)}
    assert {point[0]: point[1] for point in update["timeline"]["points"]} == {0: 0, 60: 1}
    assert update["reached"] == {str(step): AT}


def test_a_snapshot_is_sent_to_all_only_when_the_step_widens() -> None:
    feed = make_feed(held(timeline={60 * n: sums(1, 1) for n in range(MAX_POINTS)}))
    feed.accept_message(message(8, timeline={0: sums(2, 2)}))
    assert list(events(feed.take_frame())) == ["update"]
    feed.accept_message(message(9, timeline={60 * MAX_POINTS: sums(1, 1)}))
    told = events(feed.take_frame())
    assert list(told) == ["update", "snapshot"]
    assert told["snapshot"]["timeline"]["step_seconds"] == 120
    feed.accept_message(message(10, timeline={0: sums(3, 3)}))
    assert list(events(feed.take_frame())) == ["update"]


def test_a_snapshot_is_encoded_once_for_all_that_ask_in_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_795_287_851.0
    monkeypatch.setattr(webapp.feed, "_now_seconds", lambda: now)
    feed = make_feed(held())
    first = feed.snapshot_frame()
    assert feed.snapshot_frame() is first
    feed.accept_message(message(8))
    assert events(feed.snapshot_frame())["snapshot"]["version"] == 8
    feed.set_offline()
    assert events(feed.snapshot_frame())["snapshot"]["status"]["state"] == "offline"


def test_donors_text_cannot_break_out_of_an_event() -> None:
    group = "a\n\nevent: status\ndata: {}\r\n\u2028"
    feed = make_feed(held(totals={group: sums(1, 5)}))
    told = events(feed.snapshot_frame())
    assert list(told) == ["snapshot"]
    assert told["snapshot"]["totals"][group] == sums(1, 5)


def test_the_page_is_told_with_every_status() -> None:
    assert events(make_feed().status_frame())["status"]["page"] == "page-1"
