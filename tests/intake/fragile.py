"""A service that can end at any moment, on a DynamoDB that refuses and loses answers."""

from collections import Counter
from collections.abc import Callable
from random import Random
from threading import Lock
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from intake.store import Busy

# Of how many calls each fault strikes one.
_KILLED, _REFUSED, _IN_CONFLICT, _UNANSWERED = 120, 25, 25, 40
_CODES = ("ProvisionedThroughputExceededException", "ThrottlingException", "InternalServerError")


# What whoever sent something gets to know of them.
UNANSWERED = (ClientError, BotoCoreError, Busy)


class Killed(BaseException):
    """The end of the process, as far as a test can have it."""


class Fragile:
    """DynamoDB for one life of a service.

    A kill strikes between any two calls, or between a call and its answer; then the calls of all
    threads end in `Killed`. DynamoDB refuses calls, meets other transactions, and does what it was
    asked without its answer arriving. With a `share` of 0.1, all of that is ten times as frequent;
    none of it happens once `is_calm`.
    """

    def __init__(
        self, client: Any, random: Random, faults: Counter[str], share: float = 1.0
    ) -> None:
        self._client, self._random, self._faults, self._share = client, random, faults, share
        self._lock = Lock()
        self.has_ended = self.is_calm = False

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        return self._make_fragile(name, call) if callable(call) else call

    def get_paginator(self, name: str) -> Any:
        pages = self._client.get_paginator(name)
        return SimpleNamespace(paginate=self._make_fragile(name, pages.paginate))

    def _make_fragile(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def fragile(**arguments: Any) -> Any:
            self._strike_before(name, arguments)
            answer = call(**arguments)
            self._strike_after()
            return answer

        return fragile

    def _strike_before(self, name: str, arguments: Any) -> None:
        self._may_end("killed before a call")
        if self._strikes(_REFUSED, "refused by DynamoDB"):
            code = self._random.choice(_CODES)
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, name)
        if name == "transact_write_items" and self._strikes(_IN_CONFLICT, "met a transaction"):
            reasons = [{"Code": "None"} for _ in arguments["TransactItems"]]
            self._random.choice(reasons)["Code"] = "TransactionConflict"
            error = {"Code": "TransactionCanceledException", "Message": "no"}
            raise ClientError({"Error": error, "CancellationReasons": reasons}, name)

    def _strike_after(self) -> None:
        self._may_end("killed after a call")
        if self._strikes(_UNANSWERED, "done without an answer"):
            raise ReadTimeoutError(endpoint_url="dynamodb")

    def _may_end(self, fault: str) -> None:
        if self._strikes(_KILLED, fault):
            self.has_ended = True
        if self.has_ended:
            raise Killed

    def _strikes(self, of: int, fault: str) -> bool:
        with self._lock:
            strikes = not self.is_calm and self._random.random() * of * self._share < 1
            self._faults[fault] += strikes
            return strikes
