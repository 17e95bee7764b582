"""A feed applies the next message, and asks for a read where it cannot."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.webapp.feeds import T1, T3, events, held, make_feed, shown
from tests.webapp.states import (
    BOARD,
    SERVER,
    message,
    proof,
    show,
    standing_of,
    sums,
)
from webapp.feed import UNREADABLE
from webapp.following import Step
from webapp.trust import LOST


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
