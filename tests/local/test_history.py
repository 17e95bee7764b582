"""`make run` begins with hours behind it, and a milestone two minutes ahead."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from aggregates.board import Board, Goal
from local.donors import Given, simulate_donors
from local.history import MAX_DONATIONS, simulate_history

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(3))
def test_the_next_milestone_is_about_two_minutes_away(board: Board, seed: int) -> None:
    random = Random(seed)
    past = simulate_history(random, board, per_second=2.0, until=NOW)
    total, elapsed = sum(d.amount_minor for d in past), 0.0
    assert board.goal is not None
    milestone = min(step for step in board.goal.steps_minor if step > total)
    for wait, act in simulate_donors(random, per_second=2.0, now=lambda: NOW):
        elapsed += wait
        total += act.donation.amount_minor if isinstance(act, Given) else 0
        if total >= milestone:
            break
    assert 10 < elapsed < 180


def test_donations_are_spread_over_the_hours_before(board: Board) -> None:
    past = simulate_history(Random(1), board, per_second=2.0, until=NOW)
    assert 1_000 < len(past) <= MAX_DONATIONS
    times = [donation.donated_at for donation in past]
    assert times == sorted(times)
    assert times[-1] <= NOW
    assert timedelta(hours=5, minutes=50) < NOW - times[0] <= timedelta(hours=6)
    assert max(after - before for before, after in pairwise(times)) < timedelta(minutes=5)
    assert len({donation.donation_id for donation in past}) == len(past)


def test_a_board_without_a_goal_or_with_one_at_hand_has_a_history_too(
    make_board: Callable[..., Board],
) -> None:
    board = make_board()
    assert len(simulate_history(Random(1), replace(board, goal=None), per_second=2, until=NOW)) > 99
    measure = board.measures[0].name
    near = replace(board, goal=Goal(measure, 100, ()))
    assert simulate_history(Random(1), near, per_second=2.0, until=NOW) == []
    far = replace(board, goal=Goal(measure, 10**12, ()))
    assert len(simulate_history(Random(1), far, per_second=2.0, until=NOW)) > 99
