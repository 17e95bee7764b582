"""Decides what a listener does next, by pure functions of what it heard and what it has."""

from enum import Enum, auto
from typing import NamedTuple

from aggregates.message import Message
from aggregates.scripts import Standing


class Step(Enum):
    """What to do about a message or the result of a check."""

    FOLLOW = auto()  # apply the message
    PASS = auto()  # do nothing: it says nothing new
    WAIT = auto()  # do nothing now: the next check looks again
    READ = auto()  # read the board from Redis


class Place(NamedTuple):
    """A version of a board, in an epoch."""

    epoch: str
    version: int


def follow_message(
    message: Message, *, shown: Place | None, read: Place | None, is_held_back: bool
) -> Step:
    """Return what to do about a message.

    `shown` is what screens show, `read` what was last read from Redis. While figures are held back,
    only a proof causes a read at once: a repair publishes a message per page, and a read for each
    would load the Redis that is being repaired.
    """
    if shown is None or read is None or is_held_back:
        return Step.READ if message.proof is not None else Step.WAIT
    if message.epoch != shown.epoch:
        return Step.READ
    if message.version <= shown.version:
        # Each version is published once. If a version comes again that was heard but not read, one
        # of the two messages is forged, so read.
        was_heard = message.version > read.version
        return Step.READ if was_heard else Step.PASS
    follows = message.version == shown.version + 1 and not message.is_partial
    return Step.FOLLOW if follows else Step.READ


def follow_check(standing: Standing, server: str, *, seen: Place | None, seen_server: str) -> Step:
    """Return READ if a check found another version or server than was last seen, else PASS."""
    has = None if standing.epoch is None else Place(standing.epoch, standing.version)
    return Step.PASS if (has, server) == (seen, seen_server) else Step.READ
