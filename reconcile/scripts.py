"""The Lua scripts of a run of reconcile, with one typed function each.

Every function may be called again after a lost reply. All but the lease's raise `LostError` where
Redis has lost a part of the board; `claim_run` empties such a board instead.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from aggregates.batch import encode_goal
from aggregates.board import Board
from aggregates.keys import CHANNEL, BoardKeys
from aggregates.lua_script import Client, Script
from aggregates.schema import SCHEMA
from aggregates.totals import Totals, pair_fields

FOLDER = Path(__file__).parent / "lua"

_CLAIM = Script("claim", folder=FOLDER)
_BEGIN = Script("begin", folder=FOLDER)
_PROLONG = Script("prolong", folder=FOLDER)
_SWEEP = Script("sweep", folder=FOLDER)
_RECOUNT = Script("recount", folder=FOLDER)
_MEND = Script("mend", folder=FOLDER)
_RETIRE = Script("retire", folder=FOLDER)
_FINISH = Script("finish", folder=FOLDER)
_PRUNE = Script("prune", folder=FOLDER)


class Claim(NamedTuple):
    """A process's claim to the board's run.

    `owner` is unique, `holder` says to a person which process it is. A board without keys gets
    `epoch`. The lease runs out after `lease_ms`; a run that was last heard of at most `resume_ms`
    ago, on the same server and with as many segments, is resumed.
    """

    definition: str
    epoch: str
    server: str
    segments: int
    owner: str
    holder: str
    lease_ms: int
    resume_ms: int
    at: str


class Start(NamedTuple):
    """The beginning of a run on a server.

    Records made before `stale_before` (seconds since 1970) tell what the table shows already. So do
    those of streams before the table's own, made at `read_stream` (ms since 1970; 0: unknown).
    Where data may be lost, the board gets `epoch`.
    """

    owner: str
    server: str
    at: str
    stale_before: int
    read_stream: int = 0
    may_be_lost: bool = False
    epoch: str = ""


def claim_run(client: Client, keys: BoardKeys, claim: Claim) -> dict[str, str]:
    """Claim the board's run (new, or one whose lease expired) and return its fields.

    They are another owner's where its lease has not run out; without `started_version`, the run has
    yet to begin.
    """
    return _to_fields(_CLAIM.run(client, _sealed_keys(keys), json.dumps(claim._asdict())))


def begin_run(client: Client, keys: BoardKeys, start: Start) -> dict[str, str]:
    """Begin a run; return its fields. Raises `RunLostError`."""
    return _to_fields(_BEGIN.run(client, _sealed_keys(keys), json.dumps(start._asdict())))


def prolong_run(client: Client, keys: BoardKeys, owner: str, lease_ms: int) -> bool:
    """Say that a run's owner lives, or with a lease of 0 that it gives up; return if it is so."""
    return bool(_PROLONG.run(client, (keys.reconcile,), owner, str(lease_ms)))


def begin_sweep(client: Client, keys: BoardKeys, owner: str) -> None:
    """Note that a run has read all of the table. Raises `RunLostError`."""
    _SWEEP.run(client, (keys.reconcile,), owner)


class Recount(NamedTuple):
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


def begin_recount(client: Client, keys: BoardKeys, owner: str, name: str) -> Recount:
    """Return the figures as they are now, and keep what entries are now in `keys.recount`.

    There, an entry is what it was when this began, of items that have changed since; empty where
    there was none. Raises `RunLostError`.
    """
    *hashes, meta = _RECOUNT.run(client, _sealed_keys(keys), owner, name)
    step, recent_floor, recent_until = (None if value is None else int(value) for value in meta)
    totals, groups, timeline, recent, ranks = (dict(pair_fields(part)) for part in hashes)
    return Recount(totals, groups, timeline, recent, ranks, step, recent_floor or 0, recent_until)


class WholeTimeline(NamedTuple):
    """A timeline made again: `points` and `recent` are rows of a start and a value per measure.

    Widths and starts are in seconds. `recent` has buckets until `recent_until`; 0: there are no
    later ones. `steps` are what points may be widened to where there are more than `most_points`.
    """

    step: int
    steps: Sequence[int]
    most_points: int
    bucket_seconds: int
    recent_until: int
    points: Sequence[Sequence[int]]
    recent: Sequence[Sequence[int]]


class Correction(NamedTuple):
    """What a recount found: a number to add to the total of each (group, measure) that is wrong.

    `recount` is the recount's name, `measures` are the board's, `rank` orders the groups.
    `timeline` is None where the timeline is right.
    """

    owner: str
    recount: str
    measures: Sequence[str]
    rank: str
    totals: Sequence[tuple[str, str, int]]
    timeline: WholeTimeline | None = None

    def encode(self) -> str:
        """Return the argument of `mend.lua`."""
        # Numbers as text: a double has not all that somebody may have written.
        totals = [(group, measure, str(value)) for group, measure, value in self.totals]
        fields = self._asdict() | {"totals": totals}
        if self.timeline is None:
            del fields["timeline"]
        else:
            fields["timeline"] = self.timeline._asdict()
        return json.dumps(fields)


def mend_totals(client: Client, keys: BoardKeys, correction: Correction) -> None:
    """Correct the figures by what a recount found, once. Raises `RunLostError`."""
    _MEND.run(client, _sealed_keys(keys), correction.encode())


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


def finish_run(client: Client, keys: BoardKeys, board: Board, owner: str) -> Proven:
    """Note that a run has proven the totals, publish that, and end the run.

    Raises `RunLostError`.
    """
    proof = {"schema": SCHEMA, "board": board.name, "owner": owner, "rank": board.rank_measure}
    if board.goal is not None:
        proof["goal"] = encode_goal(board.goal)
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


def _to_fields(reply: Iterable[bytes]) -> dict[str, str]:
    return {field.decode(): value.decode() for field, value in pair_fields(reply)}
