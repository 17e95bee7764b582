"""Simulates the hours before the start: donations that lead up to a milestone. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from aggregates.board import Board
from local.donation import Donation
from local.donors import draw_donation, draw_waits

_HOURS = 6
# The time in which the live donors should then reach the next milestone.
_SECONDS_TO_MILESTONE = 90.0
# Few enough to be written and counted in seconds.
MAX_DONATIONS = 12_000
_DONATIONS_WITHOUT_GOAL = 5_000
# An average amount, only to estimate which milestone is in reach.
_AVERAGE_MINOR = 4_600


def simulate_history(
    random: Random, board: Board, *, per_second: float, until: datetime
) -> list[Donation]:
    """Return the donations of the six hours up to `until`, in order.

    Their sum is just below a milestone: donors who give `per_second` reach it within about two
    minutes. It is the highest milestone that `MAX_DONATIONS` come near to.
    """
    milestone = _pick_milestone(board)
    amounts_to_come = per_second * _SECONDS_TO_MILESTONE
    donations: list[Donation] = []
    total = 0
    while len(donations) < (MAX_DONATIONS if milestone else _DONATIONS_WITHOUT_GOAL):
        donation = draw_donation(random, until)
        after = total + donation.amount_minor
        if milestone and after + amounts_to_come * _AVERAGE_MINOR >= milestone:
            break
        donations.append(donation)
        total = after
    return _spread(random, donations, until)


def _pick_milestone(board: Board) -> int | None:
    """Return the highest step of the goal in reach; None if there is none."""
    goal = board.goal
    if goal is None or not board.measures or goal.measure != board.measures[0].name:
        return None
    reach = MAX_DONATIONS * _AVERAGE_MINOR
    return max((step for step in goal.steps_minor if step <= reach), default=None)


def _spread(random: Random, donations: Sequence[Donation], until: datetime) -> list[Donation]:
    """Return the donations with times in the hours before `until`, as uneven as live ones."""
    hours = timedelta(hours=_HOURS)
    waits = draw_waits(random, len(donations) / hours.total_seconds()) if donations else iter(())
    elapsed, times = 0.0, []
    for _ in donations:
        elapsed += next(waits)
        times.append(elapsed)
    return [
        replace(donation, donated_at=until - hours + hours * (time / elapsed))
        for donation, time in zip(donations, times, strict=True)
    ]
