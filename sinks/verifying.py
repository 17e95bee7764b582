"""Compares a replica's two tables; changes nothing."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from donations.image_json import encode_image
from sinks.kinds.replica import Replica
from sinks.pairs import Pair, PairReader

# How many differences are listed; how many are kept, to be looked at again.
_SHOWN = 10
_KEPT = 1_000
# A difference may be a change that is on its way.
_LOOKS = 5
_WAIT_SECONDS = 1.0


class Verified(NamedTuple):
    """How many items were compared and differ (at most 1,000), and the first ones in words."""

    items: int
    different: int
    differences: list[str]


def verify_replica(
    replica: Replica, dynamodb: Any, sleep: Callable[[float], None] = time.sleep
) -> Verified:
    """Compare both tables; look again at what differs, since the stream may be on its way.

    Raises boto3's errors.
    """
    reader = PairReader(replica, dynamodb, sleep)
    items = 0
    different: list[Pair] = []
    for pairs in reader.read_pages():
        items += len(pairs)
        different += [pair for pair in pairs if not pair.is_same]
        if len(different) >= _KEPT:
            break
    del different[_KEPT:]
    for _ in range(_LOOKS):
        if not different:
            break
        sleep(_WAIT_SECONDS)
        different = [pair for pair in reader.read_again(different) if not pair.is_same]
    return Verified(items, len(different), [_describe(pair) for pair in different[:_SHOWN]])


def _describe(pair: Pair) -> str:
    key = encode_image(pair.keys)
    if pair.wanted is None:
        return f"{key}: is gone from the source, and still in the copy"
    if pair.found is None:
        return f"{key}: is missing from the copy"
    names = sorted({*pair.wanted, *pair.found})
    differ = [name for name in names if pair.wanted.get(name) != pair.found.get(name)]
    return f"{key}: differs in {', '.join(differ)}"
