"""What a source sends, what is read of it, and what it is answered: between HTTP and a provider."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from intake.donation_state import DonationState


class Request(NamedTuple):
    """A request before anything of it is believed.

    `headers` have small names. `url` is the address that the source was given, with path and query
    as they came; `now` is in UTC.
    """

    headers: Mapping[str, str]
    body: bytes
    url: str
    now: datetime


class DonationUpdate(NamedTuple):
    """Something that was told of a donation, whose id names the provider: `stripe:pi_1`.

    `is_look` is whether it is what a list of the provider says now, read by the source's only
    sweeper.
    """

    donation_id: str
    state: DonationState
    is_look: bool = False


class Counter(NamedTuple):
    """The attribute of an item that counts an option's votes, and how many such items it has."""

    attribute: str
    shards: int


class Vote(NamedTuple):
    """A vote, which counts one for its option.

    `vote_id` is what counts at most once: a message, or a person. `message_id` is the message it
    came by, which is written at most once. With `is_latest` a newer vote of the same id replaces
    this one. With a `counter` it is added to one, and no item of its own.
    """

    vote_id: str
    option: str
    at: datetime
    message_id: str
    is_latest: bool = False
    counter: Counter | None = None


class Answer(NamedTuple):
    """The answer to a request that was taken."""

    body: bytes = b"ok\n"
    media_type: str = "text/plain"


def answer_ok(_: Sequence[bool]) -> Answer:
    """Return the answer of a provider that reads none."""
    return Answer()


@dataclass(frozen=True)
class Reading:
    """What a request says. `ignored` is why nothing of it counts, for the crew; empty otherwise.

    `answer` makes the answer once all updates are kept, from whether each changed something.
    """

    updates: Sequence[DonationUpdate | Vote] = ()
    ignored: str = ""
    answer: Callable[[Sequence[bool]], Answer] = answer_ok


class Provider(Protocol):
    """One source's way to send: a verifier and a reader.

    `verify` raises `Forged` unless the source itself has sent the request lately. `read` is called
    after it, and raises `Malformed` or `Unreadable`.
    """

    def verify(self, request: Request) -> None: ...

    def read(self, request: Request) -> Reading: ...


class Sweeper(Protocol):
    """Asks a provider for what it has; it is called again and again by one thread.

    `sweep` yields what was given, corrected or taken back `since` then, or all that there is.
    `known` are the ids of all donations of this source that count now; an update is written before
    the next one is asked for. Raises `Unreachable`, and `Incomplete` where all was read and some of
    it cannot be counted.
    """

    every_seconds: float

    def sweep(
        self, since: datetime, known: frozenset[str], now: datetime
    ) -> Iterable[DonationUpdate | Vote]: ...
