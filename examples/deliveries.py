"""The deliveries of a stream's records, as Lambda makes them at its worst, from one seed."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from local.lambda_event import LambdaRecord

_BATCH_RECORDS = 40
_SEED = 7


class Delivery(NamedTuple):
    """A batch; `is_again` is whether it was delivered before, and `is_late` after later ones."""

    records: Sequence[LambdaRecord]
    is_again: bool = False
    is_late: bool = False


def make_deliveries(records: Sequence[LambdaRecord]) -> list[Delivery]:
    """Return all batches in order, and among them some again: at once, in part, or late."""
    random = Random(_SEED)
    deliveries: list[Delivery] = []
    late: list[tuple[int, Delivery]] = []
    for number, batch in enumerate(_cut(records)):
        deliveries.append(Delivery(batch))
        if random.random() < 0.2:
            # Its answer was lost.
            deliveries.append(Delivery(batch, is_again=True))
        if random.random() < 0.2:
            # A part was reported as failed, and comes again.
            deliveries.append(Delivery(batch[random.randrange(len(batch)) :], is_again=True))
        if random.random() < 0.15:
            # It was given up, or its call hung, and it comes after later batches.
            due = number + random.randint(2, 20)
            late.append((due, Delivery(batch, is_again=True, is_late=True)))
        deliveries += [one for due, one in late if due == number]
        late = [(due, one) for due, one in late if due != number]
    return deliveries + [one for _, one in late]


def _cut(records: Sequence[LambdaRecord]) -> Iterator[Sequence[LambdaRecord]]:
    for start in range(0, len(records), _BATCH_RECORDS):
        yield records[start : start + _BATCH_RECORDS]
