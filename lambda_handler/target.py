"""What a stream's changes are handed to."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from aggregates.batch import Change
from lambda_handler.stream import Stream


class Outcome(NamedTuple):
    """What became of changes on one target.

    Unless it `is_done` with them, all of the batch is delivered again. `trouble` is what is wrong,
    as the end of a sentence on the records; empty where nothing is.
    """

    is_done: bool
    trouble: str = ""


DONE = Outcome(is_done=True)


class Target(Protocol):
    """Takes the changes of one table, whose key attributes are `key`; `name` is for the log.

    What it has taken may come again, any number of times, also after newer changes of the same
    items: it tells by `Stream.made_ms` and `Change.sequence`. A failure is its own outcome, and
    raises nothing: other targets take the same changes.
    """

    @property
    def name(self) -> str: ...

    @property
    def table(self) -> str: ...

    @property
    def key(self) -> tuple[str, ...]: ...

    def take(self, changes: Sequence[Change], stream: Stream) -> Outcome: ...
