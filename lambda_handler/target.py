"""The interface of a target: something that takes a stream's changes."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from aggregates.batch import Change
from lambda_handler.stream import Stream


class Outcome(NamedTuple):
    """The result of handing changes to one target.

    Unless it `is_done`, the whole batch is delivered again. `trouble` says what is wrong, as the
    end of a sentence about the records; empty if nothing is.
    """

    is_done: bool
    trouble: str = ""


DONE = Outcome(is_done=True)


class Target(Protocol):
    """Takes the changes of one table, whose key attributes are `key`; `name` is for the log.

    The same changes may come any number of times, even after newer changes of the same items: a
    target orders them by `Stream.made_ms` and `Change.sequence`. It reports a failure as its
    outcome and does not raise, because other targets take the same changes.
    """

    @property
    def name(self) -> str: ...

    @property
    def table(self) -> str: ...

    @property
    def key(self) -> tuple[str, ...]: ...

    def take(self, changes: Sequence[Change], stream: Stream) -> Outcome: ...
