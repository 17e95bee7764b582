"""The interface of a record sink at work."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from sinks.change import Change
from sinks.definition import Source
from sinks.sink_state import SinkState, StateTable


class Failure(NamedTuple):
    """Why changes could not be taken, from the change `first` on."""

    first: Change
    why: str


class Refused(Exception):
    """A sink can never take such changes, as its text says; waiting does not help."""


class Target(Protocol):
    """Takes changes of its source; the same may come any number of times, in any order.

    `state` is the sink's state table. `first_status` is the status of a sink that begins.
    """

    @property
    def name(self) -> str: ...

    @property
    def source(self) -> Source: ...

    @property
    def state(self) -> StateTable: ...

    @property
    def is_filled_from_table(self) -> bool:
        """Whether a fill makes up for changes that were passed over."""
        ...

    def take(self, changes: Sequence[Change], state: SinkState) -> Failure | None:
        """Take changes while attached or being filled. Raises `Refused`."""
        ...

    def pass_over(self, changes: Sequence[Change], state: SinkState) -> Failure | None:
        """Take note of changes while detached, as far as the sink's fill needs it."""
        ...
