"""Simulates the donors of a marathon. Pure; `donor_writer` writes their donations to the table.

Amounts and bursts follow the donations of Awesome Games Done Quick 2017.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from local.donation import Donation

# Amounts in whole currency units and their weights; nine in ten donors give one of these.
_ROUND_AMOUNTS = {
    5: 154, 10: 190, 15: 91, 20: 99, 25: 58, 30: 51, 40: 6, 50: 85, 75: 63, 100: 53, 125: 49,
    150: 13, 200: 9, 250: 4, 300: 2, 500: 4, 1000: 2,
}  # fmt: skip
_CENTS_SHARE = 0.03
_FAVOURITE_CENTS = (501, 666, 777, 1001, 1337, 2001, 4242, 6969)
_LONG_TAIL_SHARE = 0.015
_LONG_TAIL_LOWEST_MINOR = 10_000
_LONG_TAIL_EXPONENT = 1.3
_HIGHEST_MINOR = 1_000_000

_PLATFORMS = {"Website": 45, "Facebook": 25, "Phone": 20, "Text": 10}

_REFUND_SHARE = 0.012
_CORRECTION_SHARE = 0.018
# Donations that can still be refunded or corrected.
MAX_REMEMBERED = 500

# The rate swings between half and one and a half times the average; now and then something happens
# on stage and it rises fourfold. The overall average stays the same.
_SWING_SECONDS = 600.0
_BURST_EVERY_SECONDS = 120.0
_BURST_SECONDS = 10.0
_BURST_FACTOR = 4.0
_BURST_SHARE = _BURST_SECONDS / (_BURST_EVERY_SECONDS + _BURST_SECONDS)
_CALM_FACTOR = 1 / (1 + _BURST_SHARE * (_BURST_FACTOR - 1))


@dataclass(frozen=True)
class Given:
    """A new donation."""

    donation: Donation


@dataclass(frozen=True)
class Corrected:
    """A donation with a corrected amount or platform."""

    donation: Donation


@dataclass(frozen=True)
class Refunded:
    """A donation that was taken back."""

    donation_id: str


Act = Given | Corrected | Refunded


def simulate_donors(
    random: Random, *, per_second: float, now: Callable[[], datetime]
) -> Iterator[tuple[float, Act]]:
    """Yield forever a wait in seconds and the act after it; `per_second` is the average rate.

    `now` is called for each donation's time. Amounts are in cents. Only the last `MAX_REMEMBERED`
    donations can still be corrected or refunded.
    """
    remembered: deque[Donation] = deque(maxlen=MAX_REMEMBERED)
    for wait in draw_waits(random, per_second):
        yield wait, _draw_act(random, remembered, now())


def draw_waits(random: Random, per_second: float) -> Iterator[float]:
    """Yield the seconds between donations: a Poisson process whose rate changes."""
    elapsed = waited = 0.0
    burst_begins = random.expovariate(1 / _BURST_EVERY_SECONDS)
    while True:
        in_burst = elapsed >= burst_begins
        swing = 1 + 0.5 * math.sin(2 * math.pi * elapsed / _SWING_SECONDS)
        rate = per_second * swing * _CALM_FACTOR * (_BURST_FACTOR if in_burst else 1.0)
        wait = random.expovariate(rate)
        change = burst_begins + _BURST_SECONDS if in_burst else burst_begins
        if elapsed + wait <= change:
            elapsed += wait
            yield waited + wait
            waited = 0.0
            continue
        # The process has no memory, so at a change of the rate the rest of a wait is drawn again.
        waited += change - elapsed
        elapsed = change
        if in_burst:
            burst_begins = elapsed + random.expovariate(1 / _BURST_EVERY_SECONDS)


def _draw_act(random: Random, remembered: deque[Donation], now: datetime) -> Act:
    chance = random.random()
    if remembered and chance < _REFUND_SHARE + _CORRECTION_SHARE:
        place = random.randrange(len(remembered))
        donation = remembered[place]
        if chance < _REFUND_SHARE:
            del remembered[place]
            return Refunded(donation.donation_id)
        if random.random() < 0.5:
            donation = replace(donation, amount_minor=_draw_amount(random))
        else:
            donation = replace(donation, platform=_draw_platform(random))
        remembered[place] = donation
        return Corrected(donation)
    donation = draw_donation(random, now)
    remembered.append(donation)
    return Given(donation)


def draw_donation(random: Random, now: datetime) -> Donation:
    """Return a random new donation."""
    number = random.getrandbits(48)
    return Donation(
        donation_id=f"d-{number:012x}",
        email=f"donor-{number % 100_000}@example.org",
        donated_at=now,
        platform=_draw_platform(random),
        amount_minor=_draw_amount(random),
    )


def _draw_platform(random: Random) -> str:
    return random.choices(list(_PLATFORMS), list(_PLATFORMS.values()))[0]


def _draw_amount(random: Random) -> int:
    chance = random.random()
    if chance < _LONG_TAIL_SHARE:
        tail = _LONG_TAIL_LOWEST_MINOR * random.paretovariate(_LONG_TAIL_EXPONENT)
        return min(_HIGHEST_MINOR, round(tail / 100) * 100)
    if chance < _LONG_TAIL_SHARE + _CENTS_SHARE:
        return random.choice((*_FAVOURITE_CENTS, random.randrange(501, 10_000)))
    return 100 * random.choices(list(_ROUND_AMOUNTS), list(_ROUND_AMOUNTS.values()))[0]
