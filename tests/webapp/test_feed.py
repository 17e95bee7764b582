"""Proven figures are kept until new ones are proven; frames contain every change once."""

import json
from dataclasses import replace
from typing import Any

import pytest

from aggregates.control import NO_CONTROL, Control, Pulse
from aggregates.snapshot import Snapshot
from tests.webapp.states import (
    AT,
    BOARD,
    SERVER,
    message,
    proof,
    show,
    snapshot,
    standing_of,
    sums,
)
from webapp.feed import UNREADABLE, Feed
from webapp.following import Step
from webapp.trust import LOST, NO_NOTE, NOT_PROVEN, NOTHING_YET, OTHER_DEFINITION

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


# Before and after the first read


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


# Holding back

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


# A chain that does not advance


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


# Data that was only in messages


def test_what_was_only_heard_gives_way_to_what_is_read() -> None:
    """After a forged message, Redis has an older version of the same epoch and proof."""
    feed = make_feed(held(7))
    assert feed.accept_message(message(8, totals={"ALL": sums(9, 99_999_999)})) is Step.FOLLOW
    feed.take_frame()
    show(feed, held(7), SERVER)
    assert shown(feed) == 7
    told = events(feed.take_frame())
    assert told["snapshot"]["totals"]["ALL"] == sums(100, 5000)
    # Lower figures than the screen showed are not live without a newer proof.
    assert (feed.status.state, feed.status.reason) == ("checking", LOST)
    show(feed, held(8, proof=proof(T3)), SERVER)
    assert feed.live


def test_a_version_that_is_heard_twice_is_read() -> None:
    """After a forged message, the right one arrives with the same version."""
    feed = make_feed(held(7))
    assert feed.accept_message(message(8, totals={"ALL": sums(9, 99_999_999)})) is Step.FOLLOW
    assert feed.accept_message(message(8, totals={"ALL": sums(101, 5100)})) is Step.READ
    show(feed, held(8, totals={"ALL": sums(101, 5100)}), SERVER)
    assert json.loads(feed.snapshot_text())["totals"]["ALL"] == sums(101, 5100)
    assert not feed.live


def test_what_was_heard_and_is_read_again_is_live() -> None:
    feed = make_feed(held(7))
    feed.accept_message(message(8, totals={"ALL": sums(101, 5100)}))
    show(feed, held(8, totals={"ALL": sums(101, 5100)}), SERVER)
    assert feed.live


# Figures that cannot be sent


def test_a_message_that_cannot_be_told_is_taken_back_and_its_board_read() -> None:
    feed = make_feed(held(7))
    feed.accept_message(message(8, created="\ud800"))
    told = events(feed.take_frame())
    assert list(told) == ["status"]
    assert told["status"]["reason"] == f"{UNREADABLE} (UnicodeEncodeError)"
    assert events(feed.snapshot_frame())["snapshot"]["version"] == 7
    assert feed.accept_standing(standing_of(BOARD, held(8), SERVER), SERVER) is Step.READ
    show(feed, held(8), SERVER)
    assert feed.live
    assert list(events(feed.take_frame())) == ["snapshot", "status"]


def test_a_snapshot_that_cannot_be_told_leaves_the_figures_alone() -> None:
    feed = make_feed(held(7))
    bad = held(8, created="\ud800")
    for _ in range(2):
        with pytest.raises(UnicodeEncodeError) as raised:
            show(feed, bad, SERVER)
        feed.set_unreadable(raised.value)
        assert (shown(feed), feed.status.state) == (7, "offline")
        # It is also read again at each check.
        standing = standing_of(BOARD, bad, SERVER)
        assert feed.accept_standing(standing, SERVER) is Step.READ
    assert events(feed.snapshot_frame())["snapshot"]["version"] == 7
    show(feed, held(9), SERVER)
    assert feed.live


def test_since_when_a_board_is_dark_does_not_begin_again_with_another_reason() -> None:
    feed = make_feed(held())
    assert feed.dark_since is None
    feed.set_offline()
    since = feed.dark_since
    show(feed, None, SERVER)
    feed.set_offline("another reason")
    assert since is not None
    assert feed.dark_since == since


# Messages


def test_the_next_message_is_applied() -> None:
    feed = make_feed(held())
    assert feed.accept_message(message(8, totals={"ALL": sums(101, 5100)})) is Step.FOLLOW
    assert shown(feed) == 8
    assert events(feed.take_frame())["update"]["totals"] == {"ALL": sums(101, 5100)}


@pytest.mark.parametrize("version", [5, 7])
def test_an_older_message_is_skipped(version: int) -> None:
    feed = make_feed(held())
    assert feed.accept_message(message(version, totals={"ALL": sums(1, 1)})) is Step.PASS
    assert shown(feed) == 7
    assert feed.take_frame() is None


@pytest.mark.parametrize(
    "unfit",
    [message(9), replace(message(8), epoch="e2"), replace(message(8), is_partial=True)],
    ids=["gap", "another epoch", "a part"],
)
def test_a_message_that_does_not_follow_asks_for_a_read(unfit: Any) -> None:
    feed = make_feed(held())
    assert feed.accept_message(unfit) is Step.READ
    assert shown(feed) == 7
    assert feed.take_frame() is None


def test_while_figures_are_held_back_only_a_proof_asks_for_a_read() -> None:
    """A repair publishes a message per page; reading everything each time would slow the repair."""
    feed = make_feed(held())
    show(feed, None, SERVER)
    assert feed.accept_message(message(8)) is Step.WAIT
    assert feed.accept_message(message(9, epoch="e2")) is Step.WAIT
    assert feed.accept_message(message(10, epoch="e2", proof=proof(T3))) is Step.READ
    assert shown(feed) == 7


def test_before_there_are_figures_only_a_proof_asks_for_a_read() -> None:
    feed = make_feed(held(proof=None))
    assert feed.accept_message(message(8)) is Step.WAIT
    assert feed.accept_message(message(8, proof=proof(T1))) is Step.READ


def test_a_proof_by_message_is_told() -> None:
    feed = make_feed(held())
    assert feed.accept_message(message(8, proof=proof(T3))) is Step.FOLLOW
    assert feed.live
    assert events(feed.take_frame())["update"]["verified_at"] == T3


# Frames


def test_a_first_frame_is_a_snapshot_and_later_ones_are_updates() -> None:
    feed = Feed(BOARD, "page-1")
    show(feed, held(), SERVER)
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
    show(feed, held(), SERVER)
    assert feed.take_frame() is None


def test_a_read_after_a_gap_is_told_by_what_differs() -> None:
    """A milestone from a lost message is still celebrated."""
    one, other = {0: sums(2, 9)}, {60: sums(1, 4)}
    feed = make_feed(
        held(
            totals={"ALL": sums(2, 9), "Phone": sums(2, 9)},
            group_count=1,
            step_seconds=60,
            points=one,
            recent=one,
        )
    )
    [step] = BOARD.goal.steps_minor[:1] if BOARD.goal else []
    found = held(
        12,
        totals={"ALL": sums(1, 4), "Text": sums(1, 4)},
        group_count=1,
        step_seconds=60,
        points=other,
        recent=other,
        milestones={step: AT},
    )
    show(feed, found, SERVER)
    told = events(feed.take_frame())
    assert list(told) == ["update"]
    update = told["update"]
    assert update["version"] == 12
    assert update["totals"] == {"ALL": sums(1, 4), "Phone": None, "Text": sums(1, 4)}
    assert {point[0]: point[1] for point in update["timeline"]["points"]} == {0: 0, 60: 1}
    assert update["reached"] == {str(step): AT}


def test_before_a_snapshot_with_another_step_comes_an_update_without_an_id() -> None:
    """A connection that is cut between the two must get the snapshot again."""
    feed = make_feed(held(step_seconds=60, points={0: sums(1, 1)}, recent={0: sums(1, 1)}))
    feed.accept_message(message(8, step_seconds=120, points={0: sums(2, 2)}, recent={}))
    frame = feed.take_frame() or b""
    assert list(events(frame)) == ["update", "snapshot"]
    update, snapshot_, _ = frame.split(b"\n\n")
    assert b"id:" not in update
    assert b"id: e1-8" in snapshot_


def test_a_snapshot_is_encoded_once_for_all_that_ask_in_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_795_287_851.0
    monkeypatch.setattr("webapp.frames.time.time", lambda: now)
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


# The crew's control


def test_screens_are_told_once_what_the_crew_says_and_late_ones_by_their_welcome() -> None:
    feed = make_feed(held())
    woken: list[bool] = []
    feed.on_change = lambda: woken.append(True)
    control = Control(pin="Raffle at nine", reload=Pulse("a1", AT))
    feed.accept_control(control)
    told = events(feed.take_frame())
    assert list(told) == ["control"]
    assert told["control"]["pin"] == "Raffle at nine"
    assert told["control"]["reload"] == {"id": "a1", "at": AT}
    feed.accept_control(control)
    assert (feed.take_frame(), woken) == (None, [True])
    assert events(feed.snapshot_frame())["snapshot"]["control"] == told["control"]
    assert events(feed.welcome_frame())["control"] == told["control"]


def test_a_snapshot_and_its_tag_are_others_when_the_crew_says_something() -> None:
    feed = make_feed(held())
    snapshot, tag = feed.snapshot_text(), feed.tag
    feed.accept_control(Control(pin="Raffle at nine"))
    assert feed.snapshot_text() != snapshot
    assert feed.tag != tag
    feed.accept_control(NO_CONTROL)
    assert feed.tag == tag


def test_a_screen_without_figures_is_told_what_the_crew_says() -> None:
    feed = make_feed()
    feed.accept_control(Control(pin="Soon"))
    assert events(feed.welcome_frame())["control"]["pin"] == "Soon"
    assert list(events(feed.take_frame())) == ["control", "status"]
