from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from random import Random

import pytest

from local.donation import Donation
from local.donors import MAX_REMEMBERED, Act, Corrected, Given, Refunded, simulate_donors

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
COUNT = 20_000


def simulate(seed: int, count: int, per_second: float = 2.0) -> list[tuple[float, Act]]:
    acts = simulate_donors(Random(seed), per_second=per_second, now=lambda: NOW)
    return list(islice(acts, count))


@pytest.fixture(scope="module")
def acts() -> list[tuple[float, Act]]:
    return simulate(1, COUNT)


def amounts(acts: list[tuple[float, Act]]) -> list[int]:
    return sorted(act.donation.amount_minor for _, act in acts if isinstance(act, Given))


def test_the_same_seed_gives_the_same_donors_and_another_gives_others() -> None:
    assert simulate(7, 500) == simulate(7, 500)
    assert simulate(7, 500) != simulate(8, 500)


def test_the_average_rate_is_the_one_asked_for(acts: list[tuple[float, Act]]) -> None:
    assert COUNT / sum(wait for wait, _ in acts) == pytest.approx(2.0, rel=0.1)


def test_donations_come_in_bursts(acts: list[tuple[float, Act]]) -> None:
    elapsed, by_bucket = 0.0, dict[int, int]()
    for wait, _ in acts:
        elapsed += wait
        by_bucket[int(elapsed // 10)] = by_bucket.get(int(elapsed // 10), 0) + 1
    counts = [by_bucket.get(bucket, 0) for bucket in range(int(elapsed // 10))]
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)
    # For a Poisson process with a constant rate, the variance equals the mean.
    assert variance > 2 * mean


def test_amounts_are_like_those_of_a_marathon(acts: list[tuple[float, Act]]) -> None:
    given = amounts(acts)
    share = {amount: given.count(100 * amount) / len(given) for amount in (5, 10, 20, 25, 50, 100)}
    assert sum(share.values()) > 0.5
    assert max(share, key=lambda amount: share[amount]) == 10
    assert given[len(given) // 2] == pytest.approx(2000, abs=500)
    assert 0.01 < sum(1 for amount in given if amount % 100) / len(given) < 0.06
    assert given[-1] > 100_000
    assert given[0] > 0
    assert given[-1] <= 1_000_000


def test_refunds_and_corrections_are_of_donations_that_were_given_and_are_still_there(
    acts: list[tuple[float, Act]],
) -> None:
    there: set[str] = set()
    refunds = corrections = 0
    for _, act in acts:
        if isinstance(act, Given):
            assert act.donation.donation_id not in there
            there.add(act.donation.donation_id)
        elif isinstance(act, Corrected):
            assert act.donation.donation_id in there
            corrections += 1
        else:
            assert isinstance(act, Refunded)
            there.remove(act.donation_id)
            refunds += 1
    assert 0 < refunds < 0.03 * COUNT
    assert 0 < corrections < 0.04 * COUNT


def test_a_correction_keeps_the_time_of_the_donation() -> None:
    ticks = iter(range(10**6))
    given: dict[str, datetime] = {}
    corrected = 0
    simulated = simulate_donors(
        Random(3), per_second=2.0, now=lambda: datetime.fromtimestamp(next(ticks), UTC)
    )
    for _, act in islice(simulated, 2000):
        if isinstance(act, Given):
            given[act.donation.donation_id] = act.donation.donated_at
        elif isinstance(act, Corrected):
            corrected += 1
            assert act.donation.donated_at == given[act.donation.donation_id]
    assert corrected > 0


def test_a_correction_changes_one_thing_of_the_donation_as_it_was_last(
    acts: list[tuple[float, Act]],
) -> None:
    last: dict[str, Donation] = {}
    twice = 0
    corrected: set[str] = set()
    for _, act in acts:
        if isinstance(act, Refunded):
            continue
        donation = act.donation
        if isinstance(act, Corrected):
            was = last[donation.donation_id]
            assert replace(was, amount_minor=donation.amount_minor) == donation or (
                replace(was, platform=donation.platform) == donation
            )
            twice += donation.donation_id in corrected
            corrected.add(donation.donation_id)
        last[donation.donation_id] = donation
    assert twice > 0


def test_only_so_many_donations_are_remembered(acts: list[tuple[float, Act]]) -> None:
    order: dict[str, int] = {}
    oldest = 0
    for _, act in acts:
        if isinstance(act, Given):
            order[act.donation.donation_id] = len(order)
        else:
            key = act.donation_id if isinstance(act, Refunded) else act.donation.donation_id
            oldest = max(oldest, len(order) - order[key])
    # Refunds free places, so a remembered donation can be slightly older than the bound.
    assert MAX_REMEMBERED / 2 < oldest < 1.1 * MAX_REMEMBERED
