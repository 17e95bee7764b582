"""What each source has sent lately: for the crew's page, and for who wonders why nothing comes."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from donations.item import Item
from intake.store import Store

logger = logging.getLogger("tallyboard")

# How often the table of states notes that a source was heard.
_NOTE_SECONDS = 30.0
# How often refused requests are logged at most, for each source.
_LOG_SECONDS = 60.0
# What outlives a restart, by its name in the table.
_TIMES = {"heardAt": "heard_at", "sweptAt": "swept_at", "foundAt": "found_at"}


class _Logged(NamedTuple):
    """When refusals were last logged, by this process's clock, and how many there were."""

    at: float
    times: int


@dataclass
class Heard:
    """One source, since this service started; the times outlive a restart.

    `heard_at` is when the source last sent something by itself, `swept_at` when it was last asked
    for what it has, and `found_at` when that last changed something. A source that is found but no
    longer heard has a webhook that does not work.

    `counts` are requests and updates by what became of them: `changed`, `known`, `ignored`,
    `refused`, `malformed`, `unreadable`; `swept` is what sweeps changed. `trouble` is why the last
    sweep failed, or what of it cannot be counted; "" where there is nothing to say.
    """

    heard_at: datetime | None = None
    swept_at: datetime | None = None
    found_at: datetime | None = None
    ignored: str = ""
    trouble: str = ""
    counts: Counter[str] = field(default_factory=Counter)


class HeardBook:
    """What is known of all sources; threads share it."""

    def __init__(self, stores: Mapping[str, Store]) -> None:
        self._stores = stores
        self._lock = threading.Lock()
        self._noted: dict[str, datetime] = {}
        self._logged_refused: dict[str, _Logged] = {}
        self.sources = {name: self._read(name, store) for name, store in stores.items()}

    def note(self, source: str, now: datetime, what: str, count: int = 1, why: str = "") -> None:
        """Note that a source has sent something genuine, and what became of it."""
        with self._lock:
            heard = self.sources[source]
            heard.heard_at = now
            heard.counts[what] += count
            heard.ignored = why or heard.ignored
        self._write(source, now)

    def note_refused(self, source: str, why: str) -> None:
        """Note a request that the source has not sent; log it at most once a minute.

        Anybody can send thousands a second, which must not bury the lines that matter.
        """
        with self._lock:
            counts = self.sources[source].counts
            counts["refused"] += 1
            now, logged = time.monotonic(), self._logged_refused.get(source)
            if logged is not None and now - logged.at < _LOG_SECONDS:
                return
            since = counts["refused"] - (logged.times if logged else 0)
            self._logged_refused[source] = _Logged(now, counts["refused"])
        logger.warning(
            "source %s: a request was refused: %s; %d since the last such line", source, why, since
        )

    def note_sweep(
        self, source: str, now: datetime, trouble: str, *, is_swept: bool, found: int = 0
    ) -> None:
        """Note that a source was asked for what it has, and what a person should know of it.

        `is_swept` is whether all was read that was asked for, `found` how many updates changed
        something.
        """
        with self._lock:
            heard = self.sources[source]
            heard.trouble = trouble
            if is_swept:
                heard.swept_at = now
            if found:
                heard.found_at = now
                heard.counts["swept"] += found
        self._write(source, now)

    def _write(self, source: str, now: datetime) -> None:
        """Note the times for the next start, not too often.

        What was sent is kept already, so a note that cannot be written refuses nothing.
        """
        with self._lock:
            before = self._noted.get(source)
            if before is not None and (now - before).total_seconds() < _NOTE_SECONDS:
                return
            self._noted[source] = now
            heard = self.sources[source]
            row: Item = {"id": {"S": f"heard:{source}"}}
            for name, attribute in _TIMES.items():
                moment = getattr(heard, attribute)
                if moment is not None:
                    row[name] = {"S": moment.isoformat()}
        try:
            self._stores[source].put_row(row)
        except (ClientError, BotoCoreError, OSError) as error:
            logger.warning("source %s: when it was heard is not noted: %s", source, error)

    def _read(self, source: str, store: Store) -> Heard:
        row = store.read_row(f"heard:{source}") or {}

        def read(name: str) -> datetime | None:
            return datetime.fromisoformat(row[name]["S"]) if name in row else None

        heard = Heard()
        for name, attribute in _TIMES.items():
            setattr(heard, attribute, read(name))
        return heard
