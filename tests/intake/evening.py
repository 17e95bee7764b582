"""What providers do of an evening, step by step, and the totals that are true at its end.

Of each donation, every event comes at least once, many more often, in any order. DonorDrive's rows
appear, change, vanish and come back; texts are sent again, go to the second address, or get lost.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from random import Random
from typing import Any, NamedTuple

from intake.request import Request
from tests.intake.outside import NUMBERS, SWEPT
from tests.intake.polls import COLOURS
from tests.intake.senders import NOW, SENDERS
from tests.intake.tellers import TELLERS
from tests.intake.twilio_stand_in import Sms

# Which board has the votes of a source.
POLLS = {"votes": "poll", "once": "poll", "counted": "counters"}
# Count and cents, or votes and 0, by group; a vote's group has its board before it.
Totals = dict[str, tuple[int, int]]

# The evening's length for each donation.
STEP = timedelta(seconds=20)
# How often a provider sends an event that is not answered; with these faults, this is forever.
_FOREVER = 200
# Twilio with `#rc=3&rp=all` and a second address.
_TWILIO_TRIES = 4
_FALLBACK = {"ErrorCode": "11200", "ErrorUrl": "https://live.example.org/in/votes"}


class Delivery(NamedTuple):
    """A request, which is sent so often, or until it is answered."""

    source: str
    request: Request
    tries: int = _FOREVER


class Change(NamedTuple):
    """A row of DonorDrive's as it is from now on; None where it is gone."""

    name: str
    version: int
    row: dict[str, Any] | None


class Sent(NamedTuple):
    """A text, which Twilio lists from now on."""

    text: Sms


class Sweep(NamedTuple):
    source: str


Step = Delivery | Change | Sent | Sweep


class Timed(NamedTuple):
    """A step, and when it comes, in donations since the beginning."""

    at: float
    step: Step


def tell_evening(random: Random, donations: int) -> tuple[list[Timed], Totals]:
    """Return all steps in their order, and the true totals of all but DonorDrive's list."""
    bodies: dict[str, list[tuple[float, bytes]]] = {name: [] for name in TELLERS}
    truth: Totals = {}
    steps: list[Timed] = []
    for number in range(donations):
        name = random.choice([*TELLERS, *SWEPT])
        if name in TELLERS:
            told, left = TELLERS[name](random, number)
            for body in told + random.choices(told, k=len(told) // 2):
                # Half of all come at about the same time, so that they meet.
                at = random.choice([number, random.random() * donations])
                bodies[name].append((at, body))
            _add(truth, name, left)
        elif name == "donordrive":
            steps += _tell_row(random, number, donations)
        else:
            steps += _tell_texts(random, name, number, donations, truth)
    for name, told_at in bodies.items():
        ordered = sorted(told_at)
        if name == "api":
            ordered = list(_list_together(random, ordered))
        steps += [Timed(at, Delivery(name, SENDERS[name].make(body))) for at, body in ordered]
    return list(_add_sweeps(sorted(steps, key=lambda one: one.at))), truth


def _tell_row(random: Random, number: int, donations: int) -> Iterator[Timed]:
    """Yield a row that appears, and perhaps changes, vanishes and comes back."""
    at, name = float(number), f"{number:016X}"
    moment = f"{NOW + timedelta(seconds=number):%Y-%m-%dT%H:%M:%S}.000+0000"
    row = {"donationID": name, "createdDateUTC": moment, "isRegFee": random.random() < 0.05}
    is_hidden = random.random() < 0.1
    for version in range(random.randrange(1, 6)):
        amount = {} if is_hidden else {"amount": random.randrange(1, 100_000) / 100}
        gone = {"donationID": None} if random.random() < 0.1 else {}
        shown = row | amount | gone if version % 2 == 0 or random.random() < 0.6 else None
        yield Timed(at, Change(name, version, shown))
        at += random.random() * (donations - at)
    if gone or (shown is not None and random.random() < 0.2):
        # An id is there again at some time.
        yield Timed(at, Change(name, 9, row | amount if gone else None))


def _tell_texts(
    random: Random, source: str, number: int, donations: int, truth: Totals
) -> Iterator[Timed]:
    """Yield what a person sends to a number, in one text or in several."""
    option, counts = random.choice(COLOURS), False
    for place in range(random.choice([1, 1, 2, 3])):
        at = min(number + place * random.random() * 20, donations - 1.0)
        cents = random.randrange(1, 100_000)
        is_valid = random.random() < 0.8
        text = f"GIVE {cents / 100:.2f}" if source == "pledges" else f"{option.lower()} please!"
        text = text if is_valid else random.choice(["hello", "GIVE 5 or 10", "red or blue", ""])
        sms = Sms(
            f"SM{number * 4 + place:032x}",
            f"+1415{number:07}",
            text,
            NOW + STEP * at,
            NUMBERS[source],
        )
        yield from _tell_text(random, source, sms, at, donations)
        if is_valid and not (counts and source == "once"):
            group = f"{POLLS[source]} {option}" if source in POLLS else source
            _add(truth, group, cents if source == "pledges" else 0, is_vote=True)
        counts = counts or is_valid


def _tell_text(random: Random, source: str, sms: Sms, at: float, donations: int) -> Iterator[Timed]:
    """Yield what Twilio does with a text: nothing at all, or once and again."""
    yield Timed(at, Sent(sms))
    if random.random() < 0.15:
        return
    for repeat in range(random.choice([1, 1, 2, 3])):
        fields = _FALLBACK if repeat == 2 else {}
        request = sms.request(fields, 0.2 + repeat * 5, source)
        yield Timed(at, Delivery(source, request, _TWILIO_TRIES))
        at = random.choice([at, at + random.random() * (donations - at)])


def _add(truth: Totals, group: str, cents: int, *, is_vote: bool = False) -> None:
    if cents or is_vote:
        count, sum_cents = truth.get(group, (0, 0))
        truth[group] = count + 1, sum_cents + cents


def _add_sweeps(steps: list[Timed]) -> Iterator[Timed]:
    """Yield the steps, with all lists asked now and then; at most some 1,500 times each."""
    every = max(12, len(steps) // 1500)
    for number, step in enumerate(steps):
        yield step
        for place, source in enumerate(SWEPT):
            times = every if source == "donordrive" else every * 5
            if number % times == place:
                yield Timed(step.at, Sweep(source))


def _list_together(
    random: Random, bodies: list[tuple[float, bytes]]
) -> Iterator[tuple[float, bytes]]:
    """Yield lists of up to four messages of the API's; the service may be killed within one."""
    left = iter(bodies)
    while taken := list(islice(left, random.randrange(1, 5))):
        told = [json.loads(body) for _, body in taken]
        donations = [one for message in told for one in message.get("donations", [message])]
        yield taken[-1][0], json.dumps({"donations": donations}).encode()
