"""How much time a call of the sinks' function still has, and a client that keeps to it.

A call that runs out of time fails its whole batch, also for the sinks that took all of it.
So no request to DynamoDB begins that might not end in time: it raises `OutOfTime` instead, and the
sink reports the first change that it has not taken. Requests that take changes stop earlier than
those about the sinks' states, so that there is time to note the failure.
"""

import math
from collections.abc import Callable
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError

CONNECT_SECONDS = 1
READ_SECONDS = 2
ATTEMPTS = 2
# A request may take so long if nothing answers: botocore pauses for at most a second before it
# repeats one, and our own code needs some time too.
REQUEST_SECONDS = ATTEMPTS * (CONNECT_SECONDS + READ_SECONDS) + 1.5

CONFIG = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    max_pool_connections=32,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
)
# What takes changes; all other requests are about states.
_TAKES = ("transact_write_items",)


class OutOfTime(BotoCoreError):  # type: ignore[misc]
    """A request was not begun, because the function's call has too little time left."""

    fmt = "there was no time: the function's call had only {left_seconds:.1f} s left"


class CallTime:
    """The time that the present call has left; without a call there is no limit."""

    def __init__(self) -> None:
        self._read_left_ms: Callable[[], float] | None = None

    def begin(self, context: object) -> None:
        """Begin a call with Lambda's context; another object has no limit."""
        self._read_left_ms = getattr(context, "get_remaining_time_in_millis", None)

    @property
    def left_seconds(self) -> float:
        """The seconds until the call is ended."""
        return math.inf if self._read_left_ms is None else self._read_left_ms() / 1000


class TimedClient:
    """A boto3 client of DynamoDB whose requests begin only while there is time for them."""

    def __init__(
        self, client: Any, time: CallTime, *, request_seconds: float = REQUEST_SECONDS
    ) -> None:
        self._client, self._time, self._request_seconds = client, time, request_seconds

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found
        needed_seconds = self._request_seconds * (2 if name in _TAKES else 1)

        def request(**parameters: Any) -> Any:
            left_seconds = self._time.left_seconds
            if left_seconds < needed_seconds:
                raise OutOfTime(left_seconds=left_seconds)
            return found(**parameters)

        return request
