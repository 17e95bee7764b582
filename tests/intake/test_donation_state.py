"""What is known of a donation does not depend on the order in which it was told."""

from functools import reduce
from itertools import permutations
from random import Random

import pytest

from intake.donation_state import ChargeStatus, DonationState, follow, join
from intake.state_json import decode_state, encode_state
from tests.intake.histories import shuffle_with_repeats, tell_history
from tests.intake.seen import see

NOTHING = DonationState()


@pytest.mark.parametrize("seed", range(300))
def test_every_order_and_repetition_ends_in_the_same_state(seed: int) -> None:
    random = Random(seed)
    told, net = tell_history(random)
    whole = reduce(join, told, NOTHING)
    assert whole.net_minor == net
    for _ in range(20):
        assert reduce(join, shuffle_with_repeats(random, told), NOTHING) == whole


def test_all_orders_of_a_short_history() -> None:
    told, net = next(
        history for seed in range(1000) if len((history := tell_history(Random(seed)))[0]) == 7
    )
    ends = {encode_state(reduce(join, order, NOTHING)) for order in permutations(told)}
    assert len(ends) == 1
    assert decode_state(ends.pop()).net_minor == net


@pytest.mark.parametrize("seed", range(50))
def test_a_state_is_read_as_it_was_written(seed: int) -> None:
    told, _ = tell_history(Random(seed))
    state = reduce(join, told, NOTHING)
    assert decode_state(encode_state(state)) == state


def test_a_newer_version_counts_even_where_it_is_less() -> None:
    assert join(see(2, 500), see(1, 900)).net_minor == 500
    assert join(see(1, 900), see(2, 500)).net_minor == 500


def test_a_look_that_finds_nothing_new_changes_nothing() -> None:
    known = see(1, 500)
    assert follow(known, see(9, 500)) == known
    assert follow(known, see(9, 400)).net_minor == 400


def test_what_is_gone_from_a_list_and_comes_back_counts_again() -> None:
    gone = follow(see(1, 500), see(2, 500, ChargeStatus.GONE))
    assert gone.net_minor == 0
    assert follow(gone, see(3, 500)).net_minor == 500


def test_a_payment_counts_only_once_something_told_that_it_is_one_of_ours() -> None:
    charge = DonationState(charge=see(0, 500).charge)
    assert charge.net_minor == 0
    assert join(charge, DonationState(is_admitted=True)).net_minor == 500
