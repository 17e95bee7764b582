"""A feed tells its screens what changed, once."""

import pytest

from aggregates.control import NO_CONTROL, Control, Pulse
from tests.webapp.feeds import events, held, make_feed
from tests.webapp.states import (
    AT,
    BOARD,
    SERVER,
    message,
    show,
    sums,
)
from webapp.feed import Feed


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
