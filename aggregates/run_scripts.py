"""The Lua scripts of a run of reconcile, with one typed function each.

Every function may be called again after a lost reply. All but the lease's raise `LostError` where
Redis has lost a part of the board; `claim_run` empties such a board instead.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from aggregates.keys import CHANNEL, BoardKeys
from aggregates.scripts import Client, Script
from aggregates.totals import Totals

_CLAIM = Script("claim")
_BEGIN = Script("begin")
_PROLONG = Script("prolong")
_SWEEP = Script("sweep")
_RECOUNT = Script("recount")
_MEND = Script("mend")
_RETIRE = Script("retire")
_FINISH = Script("finish")
_PRUNE = Script("prune")


def claim_run(client: Client, keys: BoardKeys, claim: Mapping[str, Any]) -> dict[str, str]:
    """Claim the board's run (new, or one whose lease expired) and return its fields.

    `claim` has `definition`, `epoch` (for a board without keys), `server`, `segments`, `owner`
    (unique), `holder` (for a person), `lease_ms`, `resume_ms`, `at`. The fields are another owner's
    where its lease has not run out; without `started_version`, the run has yet to begin.
    """
    return _to_fields(_CLAIM.run(client, _sealed_keys(keys), json.dumps(claim)))


def begin_run(client: Client, keys: BoardKeys, start: Mapping[str, Any]) -> dict[str, str]:
    """Begin a run; return its fields.

    `start` has `owner`, `server`, `at`, `stale_before`, `may_be_lost`, and `epoch`, which the board
    gets where data may be lost. Records made before `stale_before` (seconds since 1970) tell what
    the table shows already. Raises `RunLostError`.
    """
    return _to_fields(_BEGIN.run(client, _sealed_keys(keys), json.dumps(start)))


def prolong_run(client: Client, keys: BoardKeys, owner: str, lease_ms: int) -> bool:
    """Say that a run's owner lives, or with a lease of 0 that it gives up; return if it is so."""
    return bool(_PROLONG.run(client, (keys.reconcile,), owner, str(lease_ms)))


def begin_sweep(client: Client, keys: BoardKeys, owner: str) -> None:
    """Note that a run has read all of the table. Raises `RunLostError`."""
    _SWEEP.run(client, (keys.reconcile,), owner)


class Figures(NamedTuple):
    """What Redis has beside the ledger: hashes as field → value, `ranks` as group → score.

    Points of the timeline are `step_seconds` wide (None: there is none yet); `recent` has the
    buckets from `recent_floor` on, to `recent_until` where that is not None.
    """

    totals: dict[bytes, bytes]
    groups: dict[bytes, bytes]
    timeline: dict[bytes, bytes]
    recent: dict[bytes, bytes]
    ranks: dict[bytes, bytes]
    step_seconds: int | None
    recent_floor: int
    recent_until: int | None


def begin_recount(client: Client, keys: BoardKeys, owner: str, name: str) -> Figures:
    """Return the figures as they are now, and keep what entries are now in `keys.recount`.

    There, an entry is what it was when this began, of items that have changed since; empty where
    there was none. Raises `RunLostError`.
    """
    *hashes, meta = _RECOUNT.run(client, _sealed_keys(keys), owner, name)
    step, recent_floor, recent_until = (None if value is None else int(value) for value in meta)
    totals, groups, timeline, recent, ranks = (dict(_pairs(part)) for part in hashes)
    return Figures(totals, groups, timeline, recent, ranks, step, recent_floor or 0, recent_until)


def mend_totals(client: Client, keys: BoardKeys, excess: Mapping[str, Any]) -> None:
    """Correct the figures by what a recount found, once; `mend.lua` says what `excess` has.

    Raises `RunLostError`.
    """
    _MEND.run(client, _sealed_keys(keys), json.dumps(excess))


def retire_groups(client: Client, keys: BoardKeys, owner: str, groups: Sequence[str]) -> int:
    """Forget groups in which a recount has found no item; return how many had none now either.

    Raises `RunLostError`.
    """
    request = json.dumps({"owner": owner, "groups": groups}, ensure_ascii=False)
    return int(_RETIRE.run(client, _sealed_keys(keys), request))


class Proven(NamedTuple):
    """The board's version after a proof, when that was by Redis' clock, and what was corrected."""

    version: int
    verified_at: str
    drift: Totals


def finish_run(client: Client, keys: BoardKeys, proof: Mapping[str, Any]) -> Proven:
    """Note that a run has proven the totals, publish that, and end the run.

    `proof` has `schema`, `board`, `owner`, `rank`, and `goal` where there is one. Raises
    `RunLostError`.
    """
    reply = _FINISH.run(client, _sealed_keys(keys), json.dumps(proof), CHANNEL)
    version, verified_at, drift = reply
    return Proven(int(version), verified_at.decode(), json.loads(drift))


def prune_tombstones(
    client: Client, keys: BoardKeys, items: Sequence[str], before_seconds: int
) -> int:
    """Forget items that were removed before a time; return how many. Others are left alone."""
    arguments = json.dumps({"items": items, "before": before_seconds}, ensure_ascii=False)
    return int(_PRUNE.run(client, _sealed_keys(keys), arguments))


def _sealed_keys(keys: BoardKeys) -> tuple[str, ...]:
    """Return what the scripts that write take: all but `chain`, which is another's."""
    return keys[: keys.index(keys.chain)]


def _pairs(reply: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    fields = iter(reply)
    return zip(fields, fields, strict=True)


def _to_fields(reply: Iterable[bytes]) -> dict[str, str]:
    return {field.decode(): value.decode() for field, value in _pairs(reply)}
