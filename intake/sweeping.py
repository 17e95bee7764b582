"""Asks the providers of all sources for what they have, at the start and every few minutes.

A sweep repeats what webhooks have told, and finds what they have not: what came while this service
was down, and what was taken back. It goes through the same join, so it can double nothing.

What a sweep *changed* counts as found (`Heard.found_at`, `swept` in its counts), not as heard: a
source that is found but no longer heard has a webhook that does not work.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from intake.errors import Incomplete, Unreachable
from intake.fetching import MAX_RETRY_SECONDS
from intake.intake import Intake
from intake.request import Sweeper
from intake.signature import now_utc
from intake.store import Busy

logger = logging.getLogger("tallyboard")

# A provider's list may show a donation later than it was given.
OVERLAP = timedelta(hours=1)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# The pause after a failure doubles each time, between these; who is polled wants 15 seconds.
_FIRST_PAUSE_SECONDS = 15.0
_LONGEST_PAUSE_SECONDS = 600.0


class Sweeping:
    """The sweepers of all sources, a thread each, so that one that hangs holds back no other."""

    def __init__(
        self, intake: Intake, stop: threading.Event, clock: Callable[[], datetime] = now_utc
    ) -> None:
        sweepers = {name: opened.sweeper for name, opened in intake.sources.items()}
        loops = [
            SweepLoop(intake, name, sweeper, stop, clock)
            for name, sweeper in sweepers.items()
            if sweeper is not None
        ]
        # The process may end while a provider has not answered: nothing is lost by that.
        self._threads = [
            threading.Thread(target=loop.run, name=f"sweep {loop.name}", daemon=True)
            for loop in loops
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the threads after `stop` was set, each at most so long."""
        for thread in self._threads:
            thread.join(seconds)


class SweepLoop:
    """Sweeps one source again and again until `stop` is set."""

    def __init__(
        self,
        intake: Intake,
        name: str,
        sweeper: Sweeper,
        stop: threading.Event,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self.name = name
        self._intake, self._sweeper, self._stop, self._clock = intake, sweeper, stop, clock
        self._failures = 0

    def run(self) -> None:
        while not self._stop.is_set():
            pause = self.sweep()
            self._stop.wait(pause)

    def sweep(self) -> float:
        """Sweep once; return after how many seconds to sweep again. It raises nothing."""
        now, trouble, wanted, is_swept, found = self._clock(), "", 0.0, False, [0]
        try:
            is_swept = self._apply_all(now, found)
        except Incomplete as error:
            trouble, is_swept = str(error), True
        except Unreachable as error:
            trouble, wanted = str(error), error.retry_seconds
        except (ClientError, BotoCoreError, Busy, OSError) as error:
            trouble = f"what the provider has could not be kept: {error}"
        except Exception as error:
            logger.exception("source %s: a sweep failed", self.name)
            trouble = f"this program failed ({type(error).__name__}); its log says where"
        if trouble and trouble != self._intake.heard.sources[self.name].trouble:
            logger.warning("source %s: %s", self.name, trouble)
        self._note(now, trouble, is_swept=is_swept, found=found[0])
        if is_swept or not trouble:
            self._failures = 0
            return self._sweeper.every_seconds
        self._failures += 1
        return self._find_pause(wanted)

    def _apply_all(self, now: datetime, found: list[int]) -> bool:
        """Write all that the provider has; return whether that was all."""
        swept_at = self._intake.heard.sources[self.name].swept_at
        since = BEGINNING if swept_at is None else swept_at - OVERLAP
        known = self._intake.follow_counting(self.name)
        for update in self._sweeper.sweep(since, known, now):
            found[0] += self._intake.apply(self.name, update)
            if self._stop.is_set():
                return False
        return True

    def _note(self, now: datetime, trouble: str, *, is_swept: bool, found: int) -> None:
        try:
            self._intake.heard.note_sweep(self.name, now, trouble, is_swept=is_swept, found=found)
        except (ClientError, BotoCoreError, OSError) as error:
            # The next start then sweeps a little more than it would have to.
            logger.warning("source %s: the sweep could not be noted: %s", self.name, error)

    def _find_pause(self, wanted: float) -> float:
        # 2**n of a provider that is down for days is no number of seconds.
        grown = _FIRST_PAUSE_SECONDS * (1 << min(self._failures - 1, 10))
        return max(min(grown, _LONGEST_PAUSE_SECONDS), min(wanted, MAX_RETRY_SECONDS))
