"""Evenings of many donations told by all providers, with every fault; and the guards to take out.

Of each donation, every event comes at least once, many more often, in any order, on several threads
at once. A provider sends an event again until it is answered.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import islice
from random import Random
from threading import Lock
from typing import Any, NamedTuple
from unittest.mock import patch

from aggregates.board import Board
from aggregates.contribution import contribution_reader
from intake import donation_state
from intake.intake import Intake
from intake.providers.stripe import events
from intake.request import Request
from intake.sources_file import OpenSource
from intake.store import Store
from tests.intake.fragile import UNANSWERED, Fragile, Killed
from tests.intake.senders import SENDERS
from tests.intake.sweeps import read_table
from tests.intake.tellers import TELLERS

# How often a provider sends an event that is not answered; with these faults, this is forever.
_TRIES = 200

Totals = dict[str, tuple[int, int]]


class Delivery(NamedTuple):
    source: str
    request: Request


class Outcome(NamedTuple):
    """What was done and what was wrong at the end: empty where all totals were the truth."""

    donations: int
    deliveries: int
    lives: int
    faults: Counter[str]
    totals: Totals
    wrong: str


class World:
    """Two processes of the service on a board, each begun again at its end; threads share this."""

    def __init__(
        self, dynamodb: Any, board: Board, sources: Mapping[str, OpenSource], random: Random
    ) -> None:
        self._dynamodb, self._board, self._sources = dynamodb, board, sources
        self._random, self._lock = random, Lock()
        self._lives: list[tuple[Fragile, Intake] | None] = [None, None]
        self.faults: Counter[str] = Counter()
        self.lives = 0

    def deliver(self, delivery: Delivery) -> None:
        """Send an event until it is answered."""
        for _ in range(_TRIES):
            try:
                self._find_intake().take(delivery.source, delivery.request)
            except (Killed, *UNANSWERED):
                continue
            return
        raise AssertionError(f"{delivery.source} was not answered {_TRIES} times")

    def _find_intake(self) -> Intake:
        with self._lock:
            place = self._random.randrange(len(self._lives))
            life = self._lives[place]
            if life is None or life[0].has_ended:
                line = Fragile(self._dynamodb, self._random, self.faults)
                life = self._lives[place] = line, Intake(self._sources, line)
                self.lives += 1
            return life[1]

    def read_totals(self) -> Totals:
        """Return count and cents by group, as the board counts its table."""
        read, totals = contribution_reader(self._board), dict[str, tuple[int, int]]()
        for item in read_table(self._dynamodb, self._board.table):
            found = read(item)
            assert found is not None
            count, cents = totals.get(found.group, (0, 0))
            totals[found.group] = count + 1, cents + found.values[0]
        return totals


def run(
    dynamodb: Any,
    board: Board,
    sources: Mapping[str, OpenSource],
    seed: int,
    donations: int,
    threads: int = 12,
) -> Outcome:
    """Tell of so many donations; then compare the board's totals with the providers' truth."""
    random = Random(seed)
    deliveries, truth = tell_evening(random, donations)
    world = World(dynamodb, board, sources, random)
    try:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(world.deliver, deliveries))
        totals = world.read_totals()
        wrong = "" if totals == truth else f"the board has {totals}, true is {truth}"
    except AssertionError as error:
        totals, wrong = {}, str(error)
    return Outcome(donations, len(deliveries), world.lives, world.faults, totals, wrong)


def tell_evening(random: Random, donations: int) -> tuple[list[Delivery], Totals]:
    """Return what providers send of an evening, in the order of arrival, and the true totals."""
    bodies: dict[str, list[tuple[float, bytes]]] = {name: [] for name in TELLERS}
    truth: Totals = {}
    for number in range(donations):
        name = random.choice(list(TELLERS))
        told, left = TELLERS[name](random, number)
        for body in told + random.choices(told, k=len(told) // 2):
            # Half of all come at about the same time, so that they meet; the others at any time.
            at = random.choice([number, random.random() * donations])
            bodies[name].append((at, body))
        if left:
            count, cents = truth.get(name, (0, 0))
            truth[name] = count + 1, cents + left
    sent: list[tuple[float, Delivery]] = []
    for name, told_at in bodies.items():
        ordered = sorted(told_at)
        if name == "api":
            ordered = list(_list_together(random, ordered))
        sent += [(at, Delivery(name, SENDERS[name].make(body))) for at, body in ordered]
    return [delivery for _, delivery in sorted(sent, key=lambda one: one[0])], truth


def _list_together(
    random: Random, bodies: list[tuple[float, bytes]]
) -> Iterator[tuple[float, bytes]]:
    """Yield lists of up to four messages of the API's; the service may be killed within one."""
    left = iter(bodies)
    while taken := list(islice(left, random.randrange(1, 5))):
        told = [json.loads(body) for _, body in taken]
        donations = [one for message in told for one in message.get("donations", [message])]
        yield taken[-1][0], json.dumps({"donations": donations}).encode()


@contextmanager
def _without_transactions() -> Iterator[None]:
    """Write one thing after the other."""
    whole = Store.transact

    def write_each(self: Store, actions: list[dict[str, Any]]) -> set[int]:
        for place, action in enumerate(actions):
            if whole(self, [action]):
                return {place}
        return set()

    with patch.object(Store, "transact", write_each):
        yield


@contextmanager
def _without_condition() -> Iterator[None]:
    """Write a state whatever others have written since it was read."""
    guard = Store._guard

    def put(self: Store, row: Any, version: int) -> Any:
        made = guard(self, row, version)
        return {name: made[name] for name in ("TableName", "Item")}

    with patch.object(Store, "_guard", put):
        yield


@contextmanager
def _without_state() -> Iterator[None]:
    """Forget a donation of which nothing counts, as a table without states would."""
    read = Store._read_known

    def forget(self: Store, name: str) -> Any:
        known = read(self, name)
        is_over = known.version and not known.state.net_minor
        return known._replace(text="", state=donation_state.DonationState()) if is_over else known

    with patch.object(Store, "_read_known", forget):
        yield


def _answer_first() -> AbstractContextManager[Any]:
    """Answer although DynamoDB has not taken it."""
    apply = Store.apply

    def apply_or_not(self: Store, *rest: Any) -> bool:
        try:
            return apply(self, *rest)
        except UNANSWERED:
            return False

    return patch.object(Store, "apply", apply_or_not)


def _take_the_last(known: Any, told: Any) -> Any:
    return {**known, **told}


def _replace_rank(name: str) -> AbstractContextManager[Any]:
    """Take a status of a refund for one that takes nothing off, nor gives it back."""
    steps = {**events._REFUND_STEPS, name: donation_state.Step.OPEN}
    return patch.object(events, "_REFUND_STEPS", steps)


def _join_last(known: Any, told: Any) -> Any:
    return replace(donation_state.join(known, told), charge=told.charge or known.charge)


# How to take each guard out; the runs must then go wrong, or they would prove nothing.
GUARDS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "the rank of refunds and disputes": lambda: patch.object(
        donation_state, "_join_maps", _take_the_last
    ),
    "the order of charges": lambda: patch("intake.store.join", _join_last),
    "a failed refund counts again": lambda: _replace_rank("failed"),
    "one transaction": _without_transactions,
    "the condition on the state": _without_condition,
    "the state outlives the item": _without_state,
    "the answer comes after the write": _answer_first,
}
