"""Delivers the batches of one shard to the function, with Lambda's rules for failures.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
and .../services-dynamodb-errors.html
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from local.lambda_event import LambdaRecord, created_seconds, sequence_number, to_event

Invoke = Callable[[dict[str, Any]], object]

# The waits between deliveries of a failing batch.
_FIRST_BACKOFF_SECONDS = 0.1
_MAX_BACKOFF_SECONDS = 5.0


@dataclass(frozen=True)
class EventSourceMapping:
    """An event source mapping with Lambda's terms and defaults; None means no limit.

    `batch_size` is 1 to 10,000 records. Records are gathered for `window_seconds`, and given up
    `record_age_seconds` after their creation.
    """

    batch_size: int = 1000
    window_seconds: float = 0.0
    retries: int | None = None
    record_age_seconds: float | None = None
    bisect: bool = True


# The same values as in infra/templates/function.yaml.
DEPLOYED = EventSourceMapping(batch_size=1000, retries=10_000, record_age_seconds=3600)


@dataclass(frozen=True)
class GivenUp:
    """Records whose retries are used up: `attempts` invocations failed, the last for `reason`."""

    records: Sequence[LambdaRecord]
    attempts: int
    raised: bool
    reason: str


@dataclass(frozen=True)
class _Pending:
    records: Sequence[LambdaRecord]
    attempts: int
    due: float


class Delivery:
    """Delivers one shard's batches in order; a failing batch holds up those behind it."""

    def __init__(
        self,
        mapping: EventSourceMapping,
        invoke: Invoke,
        *,
        give_up: Callable[[GivenUp], None],
        notify: Callable[[str], None],
    ) -> None:
        self._mapping = mapping
        self._invoke = invoke
        self._give_up = give_up
        self._notify = notify
        self._pending: deque[_Pending] = deque()

    @property
    def waiting(self) -> int:
        """The number of records that are neither done nor given up."""
        return sum(len(batch.records) for batch in self._pending)

    def put(self, records: Sequence[LambdaRecord]) -> None:
        """Queue records in batches of at most the mapping's size."""
        size = self._mapping.batch_size
        for start in range(0, len(records), size):
            self._pending.append(_Pending(records[start : start + size], 0, 0.0))

    def step(self, now: float) -> float | None:
        """Invoke the function once if a batch is due at `now` (monotonic seconds).

        Returns the seconds until the next batch is due; None when nothing waits.
        """
        if self._pending and self._pending[0].due <= now:
            self._deliver(self._pending.popleft(), now)
        return max(0.0, self._pending[0].due - now) if self._pending else None

    def _deliver(self, batch: _Pending, now: float) -> None:
        raised = False
        try:
            response = self._invoke(to_event(batch.records))
        except Exception as error:
            raised, start, reason = True, 0, f"{type(error).__name__}: {error}"
        else:
            numbers = [sequence_number(record) for record in batch.records]
            failed = first_failed(response, numbers)
            if failed is None:
                if batch.attempts:
                    self._notify(f"{len(numbers)} records were counted after a retry")
                return
            start, reason = failed, f"the function reported {numbers[failed]}"

        rest = batch.records[start:]
        if raised and self._mapping.bisect and len(rest) > 1:
            # Splitting a batch does not count as a retry.
            half = len(rest) // 2
            self._pending.appendleft(_Pending(rest[half:], batch.attempts, now))
            self._pending.appendleft(_Pending(rest[:half], batch.attempts, now))
            return
        # After a new checkpoint the count restarts at 1: its first record has failed once.
        attempts = 1 if start else batch.attempts + 1
        retries, age_seconds = self._mapping.retries, self._mapping.record_age_seconds
        if (retries is not None and attempts > retries) or (
            age_seconds is not None and time.time() - created_seconds(rest[0]) > age_seconds
        ):
            self._give_up(GivenUp(rest, attempts, raised, reason))
            return
        # The function itself logs the failures that it reports, so only an exception is told.
        if attempts == 1 and raised:
            self._notify(f"{len(rest)} records will be delivered again: {reason}")
        due = now + min(_MAX_BACKOFF_SECONDS, _FIRST_BACKOFF_SECONDS * 2 ** min(attempts - 1, 10))
        self._pending.appendleft(_Pending(rest, attempts, due))


def first_failed(response: object, numbers: Sequence[str]) -> int | None:
    """Return the index in `numbers` from which to redeliver; None means success.

    No response, or an empty or null list of failures, is success. The first reported number, in
    the batch's order, counts. For an unknown or missing number, the whole batch is redelivered.
    """
    if not response:
        return None
    if not isinstance(response, dict):
        return 0
    failures = response.get("batchItemFailures")
    if not failures:
        return None
    places = {number: place for place, number in enumerate(numbers)}
    try:
        return min(places[failure["itemIdentifier"]] for failure in failures)
    except (KeyError, TypeError):
        return 0
