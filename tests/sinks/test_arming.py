"""A rule with a margin acts once for each period, in whatever order the changes come."""

from itertools import permutations

from sinks.arming import (
    History,
    Move,
    add_move,
    decode_history,
    encode_history,
)
from sinks.state_items import EXPIRES, MOST_AGE_SECONDS

DAY = 86_400.0


def crossing(number: int, *, begins: bool = False, made_s: float = 0.0) -> Move:
    return Move(f"{number:03}", made_s, begins, {"n": {"N": str(number)}})


def rearming(number: int, made_s: float = 0.0) -> Move:
    return Move(f"{number:03}", made_s, True, None)


def take(*moves: Move, history: History | None = None) -> tuple[History, list[str]]:
    """Return the history after moves, written and read again, and the places that acted."""
    history, acted = history or History(), []
    for move in moves:
        before = history
        history, due = add_move(history, move)
        acted += [one.at for one in due]
        if history is not before:
            history = decode_history(encode_history(history))
    return history, acted


def test_it_acts_once_until_it_is_armed_again() -> None:
    _, acted = take(crossing(1), crossing(2), rearming(3), crossing(4), crossing(5))
    assert acted == ["001", "004"]


def test_a_crossing_from_beyond_the_margin_begins_a_period() -> None:
    _, acted = take(crossing(1), crossing(2, begins=True))
    assert acted == ["001", "002"]


def test_each_order_makes_one_action_for_each_period() -> None:
    moves = [crossing(1), crossing(2), rearming(3), crossing(4), rearming(5), crossing(6)]
    periods = {"001": 0, "002": 0, "004": 1, "006": 2}
    for order in permutations(moves):
        # Some come twice.
        _, acted = take(*order, *order[2:5])
        assert sorted(periods[at] for at in acted) == [0, 1, 2], order


def test_what_is_stored_is_bounded_and_remembers_that_it_has_acted() -> None:
    history, acted = take(*[crossing(number) for number in range(100)])
    assert acted == ["000"]
    assert len(history.moves) == 50
    assert history.is_held
    # A change that is older than the history is passed over.
    assert take(rearming(10), history=history) == (history, [])
    assert take(rearming(100), crossing(101), history=history)[1] == ["101"]


def test_moves_that_are_too_old_are_summed_up() -> None:
    later_s = MOST_AGE_SECONDS + DAY
    history, acted = take(crossing(1), crossing(2, made_s=later_s))
    assert acted == ["001"]
    assert [move.at for move in history.moves] == ["002"]
    assert history.is_held


def test_a_history_expires_only_if_the_rule_may_act_again() -> None:
    held, _ = take(crossing(1))
    assert EXPIRES not in encode_history(held)
    armed, _ = take(crossing(1), rearming(2, made_s=DAY))
    assert encode_history(armed)[EXPIRES] == {"N": str(int(MOST_AGE_SECONDS + 2 * DAY))}
