"""Calls of the function and fills that stop before each of their calls to DynamoDB.

A test decides which one continues, so any two of them interleave in any way, and which one dies.
"""

import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from botocore.exceptions import ClientError

# Longer than any call of the local DynamoDB; a test that waits so long has a fault.
_PATIENCE_SECONDS = 60.0

# The guards of each kind of sink.
GUARDS = {
    "replica": ("newer", "tombstone", "stream", "item", "fill", "cut", "settle", "age"),
    "rule": ("mark", "age"),
}


class Crash(BaseException):
    """An actor dies: nobody may catch it."""


class Actor:
    """Runs `work` in a thread, one step at a time; `client` is what it may call."""

    def __init__(
        self, dynamodb: Any, work: Callable[["Actor"], None], without: str, began_s: float
    ) -> None:
        self.client = SteppedClient(dynamodb, self, without)
        self.began_s = began_s
        # The name of the call that its next step makes.
        self.next_call = ""
        self.is_ended = False
        self.kill_after = False
        self.is_killed = False
        self.fails = False
        self.error: BaseException | None = None
        self._go, self._paused = threading.Semaphore(0), threading.Semaphore(0)
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def step(self) -> None:
        """Let it run until before its next call, or to its end."""
        self._go.release()
        assert self._paused.acquire(timeout=_PATIENCE_SECONDS), "an actor hangs"
        if self.is_ended:
            self._thread.join(_PATIENCE_SECONDS)

    def kill(self) -> None:
        """Let it die before its next call."""
        self.is_killed = True
        while not self.is_ended:
            self.step()

    def pause(self) -> None:
        """Wait, in the actor's own thread, for its next step."""
        self._paused.release()
        self._go.acquire()
        if self.is_killed:
            raise Crash

    def _run(self) -> None:
        self._go.acquire()
        try:
            if not self.is_killed:
                self._work(self)
        except Crash:
            pass
        except BaseException as error:
            # While it fails on purpose, it may end so.
            self.error = None if self.fails else error
        self.is_ended = True
        self._paused.release()


class SteppedClient:
    """A boto3 client whose calls wait for the actor's next step; one guard may be taken out."""

    def __init__(self, dynamodb: Any, actor: Actor, without: str) -> None:
        self._dynamodb, self._actor, self._without = dynamodb, actor, without

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._dynamodb, name)

        def call(**parameters: Any) -> Any:
            self._actor.next_call = name
            self._actor.pause()
            self._actor.next_call = ""
            if self._actor.fails and name == "transact_write_items":
                raise _refuse()
            reply = real(**self._take_guard_out(name, deepcopy(parameters)))
            if self._without == "cut" and name == "get_item":
                reply.get("Item", {}).pop("cut_s", None)
            if self._actor.kill_after:
                # The write is done, and the one who asked for it never hears of it.
                self._actor.is_killed = True
                raise Crash
            return reply

        return real if name == "get_paginator" else call

    def get_paginator(self, name: str) -> Any:
        self._actor.pause()
        return self._dynamodb.get_paginator(name)

    def _take_guard_out(self, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if name == "transact_write_items":
            parts = parameters["TransactItems"]
            parameters["TransactItems"] = [
                part for part in map(self._change_part, parts) if part is not None
            ]
        return parameters

    def _change_part(self, part: dict[str, Any]) -> dict[str, Any] | None:
        [(verb, inner)] = part.items()
        condition = inner.get("ConditionExpression", "")
        values: Mapping[str, Any] = inner.get("ExpressionAttributeValues", {})
        if verb == "ConditionCheck":
            is_out = (self._without, condition[:2]) in (("fill", "id"), ("item", "at"))
            return None if is_out else part
        if self._without == "newer" and verb == "Update":
            _strip(inner, "#at")
        if self._without == "mark" and verb == "Put":
            _strip(inner, "#key")
        if self._without == "tombstone" and ":expires" in values and ":at" in values:
            return {"Delete": {"TableName": inner["TableName"], "Key": inner["Key"]}}
        if self._without == "stream" and ":at" in values:
            values[":at"]["S"] = values[":at"]["S"].rpartition("-")[2]
        return part


def _strip(parameters: dict[str, Any], name: str) -> None:
    """Take a condition out that uses a name."""
    if name in parameters.get("ConditionExpression", ""):
        del parameters["ConditionExpression"]
        if name == "#key":
            parameters.pop("ExpressionAttributeNames", None)


def _refuse() -> ClientError:
    error = {"Code": "ProvisionedThroughputExceededException", "Message": "it fails on purpose"}
    return ClientError({"Error": error}, "TransactWriteItems")
