"""What a listener does next: pure decisions, from what it heard or found and what it has."""

from enum import Enum, auto
from typing import NamedTuple

from aggregates.message import Message
from aggregates.scripts import Standing


class Step(Enum):
    """What to do about a message, or about what a check found."""

    FOLLOW = auto()  # apply the message
    PASS = auto()  # nothing: it tells what is known
    WAIT = auto()  # nothing now: the next check looks again
    READ = auto()  # read the board from Redis


class Place(NamedTuple):
    """A version of a board, in an epoch."""

    epoch: str
    version: int


def follow_message(
    message: Message, *, shown: Place | None, read: Place | None, is_held_back: bool
) -> Step:
    """Return what to do about a message.

    `shown` is what the screen shows, `read` what was last read from Redis of it. While figures are
    held back, only a proof is worth a read at once: a repair publishes a message a page, and a
    read of each would load the Redis that is being repaired.
    """
    if shown is None or read is None or is_held_back:
        return Step.READ if message.proof is not None else Step.WAIT
    if message.epoch != shown.epoch:
        return Step.READ
    if message.version <= shown.version:
        # Each version is published once. One that was heard before, and not read, is a forgery or
        # follows one.
        was_heard = message.version > read.version
        return Step.READ if was_heard else Step.PASS
    follows = message.version == shown.version + 1 and not message.is_partial
    return Step.FOLLOW if follows else Step.READ


def follow_check(standing: Standing, server: str, *, seen: Place | None, seen_server: str) -> Step:
    """Return what to do after a check: READ where Redis has not what was seen of it last."""
    has = None if standing.epoch is None else Place(standing.epoch, standing.version)
    return Step.PASS if (has, server) == (seen, seen_server) else Step.READ
