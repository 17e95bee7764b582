"""The Lua scripts of a run of reconcile, with one typed function each.

Every function may be called again after a lost reply.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from aggregates.keys import CHANNEL, BoardKeys
from aggregates.scripts import Client, Script

_CLAIM = Script("claim")
_BEGIN = Script("begin")
_PROLONG = Script("prolong")
_SWEEP = Script("sweep")
_RECOUNT = Script("recount")
_MEND = Script("mend")
_FINISH = Script("finish")
_PRUNE = Script("prune")


def claim_run(client: Client, keys: BoardKeys, claim: Mapping[str, Any]) -> dict[str, str]:
    """Take the one run of reconcile that a board may have, a new one or a dead one's; its fields.

    `claim` has `definition`, `epoch` (for a board without keys), `server`, `segments`, `owner`
    (unique), `holder` (for a person), `lease_ms`, `resume_ms`, `at`. The fields are another owner's
    where its lease has not run out; without `started_version`, the run has yet to begin.
    """
    return _to_fields(_CLAIM.run(client, keys, json.dumps(claim)))


def begin_run(client: Client, keys: BoardKeys, start: Mapping[str, Any]) -> dict[str, str]:
    """Begin a run; return its fields.

    `start` has `owner`, `server`, `at`, `stale_before`, `may_be_lost`, and `epoch`, which the board
    gets where data may be lost. Records made before `stale_before` (seconds since 1970) tell what
    the table shows already. Raises `RunLostError`.
    """
    places = (
        keys.meta,
        keys.totals,
        keys.ledger,
        keys.timeline,
        keys.ticker,
        keys.reconcile,
    )
    return _to_fields(_BEGIN.run(client, places, json.dumps(start)))


def prolong_run(client: Client, keys: BoardKeys, owner: str, lease_ms: int) -> bool:
    """Say that a run's owner lives, or with a lease of 0 that it gives up; return if it is so."""
    return bool(_PROLONG.run(client, (keys.reconcile,), owner, str(lease_ms)))


def begin_sweep(client: Client, keys: BoardKeys, owner: str) -> None:
    """Note that a run has read all of the table. Raises `RunLostError`."""
    _SWEEP.run(client, (keys.reconcile,), owner)


class Standing(NamedTuple):
    """Totals, groups and timeline, as Redis has them: field → value."""

    totals: dict[bytes, bytes]
    groups: dict[bytes, bytes]
    timeline: dict[bytes, bytes]


def begin_recount(client: Client, keys: BoardKeys, owner: str, name: str) -> Standing:
    """Return the figures as they are now, and keep what entries are now in `keys.recount`.

    There, an entry is what it was when this began, of items that have changed since; empty where
    there was none. Raises `RunLostError`.
    """
    places = (keys.meta, keys.totals, keys.groups, keys.timeline, keys.reconcile, keys.recount)
    reply = _RECOUNT.run(client, places, owner, name)
    return Standing(*(dict(_pairs(part)) for part in reply))


def mend_totals(client: Client, keys: BoardKeys, excess: Mapping[str, Any]) -> None:
    """Correct totals and timeline by what a recount found, once; `mend.lua` says what `excess` has.

    Raises `RunLostError`.
    """
    places = (keys.meta, keys.totals, keys.timeline, keys.reconcile, keys.recount)
    _MEND.run(client, places, json.dumps(excess))


def finish_run(client: Client, keys: BoardKeys, proof: Mapping[str, Any]) -> int:
    """Note that a run has proven the totals, publish that, and end the run; return the version.

    `proof` has `schema`, `board`, `owner`, `at`, and `goal` where there is one. Raises
    `RunLostError`.
    """
    places = (
        keys.meta,
        keys.totals,
        keys.milestones,
        keys.rejected,
        keys.reconcile,
        keys.recount,
    )
    return int(_FINISH.run(client, places, json.dumps(proof), CHANNEL))


def prune_tombstones(
    client: Client, keys: BoardKeys, items: Sequence[str], before_seconds: int
) -> int:
    """Forget items that were removed before a time; return how many. Others are left alone."""
    arguments = json.dumps({"items": items, "before": before_seconds}, ensure_ascii=False)
    return int(_PRUNE.run(client, (keys.ledger,), arguments))


def _pairs(reply: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    fields = iter(reply)
    return zip(fields, fields, strict=True)


def _to_fields(reply: Iterable[bytes]) -> dict[str, str]:
    return {field.decode(): value.decode() for field, value in _pairs(reply)}
