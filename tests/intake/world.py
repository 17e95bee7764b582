"""Processes of the service that end at any moment, between providers and DynamoDB."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from threading import Lock
from typing import Any

from intake.intake import Intake
from intake.sources_file import OpenSource
from intake.sweeping import SweepLoop
from tests.intake.evening import STEP, Change, Delivery, Sent, Timed
from tests.intake.fragile import UNANSWERED, Fragile, Killed
from tests.intake.outside import SWEPT, Outside
from tests.intake.senders import NOW

OpenSources = Callable[[], Mapping[str, OpenSource]]


class Life:
    """A process from its start to its end, which `line` brings."""

    def __init__(self, line: Fragile, sources: Mapping[str, OpenSource], outside: Outside) -> None:
        self.line = line
        self.intake = Intake(sources, line)
        self._loops: dict[str, tuple[Lock, SweepLoop]] = {}
        for name in SWEPT:
            sweeper = sources[name].sweeper
            assert sweeper is not None
            loop = SweepLoop(self.intake, name, sweeper, threading.Event(), outside.read_clock)
            self._loops[name] = Lock(), loop

    def sweep(self, source: str) -> None:
        """Ask for a source's list; a process does that once at a time."""
        lock, loop = self._loops[source]
        if lock.acquire(blocking=False):
            try:
                loop.sweep()
            finally:
                lock.release()


class World:
    """Two processes that end all the time, and two that live long enough to read long lists.

    Each is begun again at its end. Threads share this.
    """

    def __init__(
        self,
        dynamodb: Any,
        open_sources: OpenSources,
        outside: Outside,
        random: Random,
        long_life: float,
    ) -> None:
        self._dynamodb, self._open_sources, self._outside = dynamodb, open_sources, outside
        self._random, self._lock = random, Lock()
        # How much rarer faults are in each process.
        self._shares = (1.0, 1.0, long_life, long_life)
        self._lives: list[Life | None] = [None] * len(self._shares)
        self.faults: Counter[str] = outside.faults
        self.lives = 0

    def take(self, timed: Timed) -> None:
        """Do one step of an evening."""
        step = timed.step
        self._outside.turn_to(NOW + STEP * timed.at)
        if isinstance(step, Delivery):
            self._deliver(step)
        elif isinstance(step, Change):
            self._outside.show(step.name, step.version, step.row)
        elif isinstance(step, Sent):
            self._outside.send(step.text)
        else:
            self._sweep(self._random.choice((2, 3)), step.source)

    def settle(self) -> None:
        """Let the long lives ask each list as often as they would within some quiet hours."""
        self._outside.is_calm = True
        for place in (2, 3):
            if (life := self._lives[place]) is not None:
                life.line.is_calm = True
        for _ in range(4):
            self._outside.turn_to(self._outside.read_clock() + timedelta(hours=1))
            for place in (2, 3):
                for source in SWEPT:
                    self._sweep(place, source)

    def _deliver(self, delivery: Delivery) -> None:
        for _ in range(delivery.tries):
            try:
                life = self._find_life(self._random.randrange(len(self._lives)))
                life.intake.take(delivery.source, delivery.request)
            except (Killed, *UNANSWERED):
                continue
            return
        if delivery.source not in SWEPT:
            raise AssertionError(f"{delivery.source} was not answered {delivery.tries} times")
        self.faults["Twilio gave up"] += 1

    def _sweep(self, place: int, source: str) -> None:
        try:
            self._find_life(place).sweep(source)
        except (Killed, *UNANSWERED):
            return

    def _find_life(self, place: int) -> Life:
        with self._lock:
            life = self._lives[place]
            if life is None or life.line.has_ended:
                line = Fragile(self._dynamodb, self._random, self.faults, self._shares[place])
                # A process reads as it begins: what begins in quiet hours has no trouble then.
                line.is_calm = self._outside.is_calm
                life = self._lives[place] = Life(line, self._open_sources(), self._outside)
                self.lives += 1
            return life
