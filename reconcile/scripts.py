"""Runs the Lua scripts of reconcile, with one typed function each.

Every function may be called again after a lost reply. If Redis has lost a part of the board,
`claim_run` empties the board, and the others raise `LostError`, except `prolong_run` and
`begin_sweep`.
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

    `owner` is unique; `holder` names the process for a person. A board without keys gets `epoch`.
    The lease expires after `lease_ms`. A run last seen at most `resume_ms` ago, on the same server
    and with the same number of segments, is resumed.
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

    The table already includes records made before `stale_before` (seconds since 1970), and records
    of streams made before the table's stream, `read_stream` (ms since 1970; 0: unknown). If data
    may be lost, the board gets `epoch`.
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

    If another owner's lease has not expired, the fields are that owner's. Without `started_version`
    the run has not begun.
    """
    return _to_fields(_CLAIM.run(client, _sealed_keys(keys), json.dumps(claim._asdict())))


def begin_run(client: Client, keys: BoardKeys, start: Start) -> dict[str, str]:
    """Begin a run; return its fields. Raises `RunLostError`."""
    return _to_fields(_BEGIN.run(client, _sealed_keys(keys), json.dumps(start._asdict())))


def prolong_run(client: Client, keys: BoardKeys, owner: str, lease_ms: int) -> bool:
    """Renew an owner's lease, or end it with 0; return whether the run is still the owner's."""
    return bool(_PROLONG.run(client, (keys.reconcile,), owner, str(lease_ms)))


def begin_sweep(client: Client, keys: BoardKeys, owner: str) -> None:
    """Note that a run has read the whole table. Raises `RunLostError`."""
    _SWEEP.run(client, (keys.reconcile,), owner)


class Recount(NamedTuple):
    """The figures in Redis when a recount began: hashes as field → value, `ranks` as group → score.

    Points of the timeline are `step_seconds` wide (None: there are no points yet). `recent` has the
    buckets from `recent_floor` on, up to `recent_until` if that is not None.
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
    """Return the current figures; from now on, `keys.recount` keeps entries from before a change.

    It has the entries of items that changed after this call, as they were before; empty if there
    was none. Raises `RunLostError`.
    """
    *hashes, meta = _RECOUNT.run(client, _sealed_keys(keys), owner, name)
    step, recent_floor, recent_until = (None if value is None else int(value) for value in meta)
    totals, groups, timeline, recent, ranks = (dict(pair_fields(part)) for part in hashes)
    return Recount(totals, groups, timeline, recent, ranks, step, recent_floor or 0, recent_until)


class WholeTimeline(NamedTuple):
    """A rebuilt timeline: `points` and `recent` are rows of a start and a value per measure.

    Widths and starts are in seconds. `recent` has buckets before `recent_until`; 0: it has all of
    them. Points are widened to one of `steps` if there are more than `most_points`.
    """

    step: int
    steps: Sequence[int]
    most_points: int
    bucket_seconds: int
    recent_until: int
    points: Sequence[Sequence[int]]
    recent: Sequence[Sequence[int]]


class Correction(NamedTuple):
    """The result of a recount: `totals` lists (group, measure, number to add) for wrong totals.

    `recount` is the recount's name, `measures` are the board's measures, `rank` is the measure that
    orders the groups. `timeline` is None if the timeline is right.
    """

    owner: str
    recount: str
    measures: Sequence[str]
    rank: str
    totals: Sequence[tuple[str, str, int]]
    timeline: WholeTimeline | None = None

    def encode(self) -> str:
        """Return the argument of `mend.lua`."""
        # Numbers as text: Lua's doubles cannot hold every number that somebody may have written.
        totals = [(group, measure, str(value)) for group, measure, value in self.totals]
        fields = self._asdict() | {"totals": totals}
        if self.timeline is None:
            del fields["timeline"]
        else:
            fields["timeline"] = self.timeline._asdict()
        return json.dumps(fields)


def mend_totals(client: Client, keys: BoardKeys, correction: Correction) -> None:
    """Correct the figures by a recount's result, only once. Raises `RunLostError`."""
    _MEND.run(client, _sealed_keys(keys), correction.encode())


def retire_groups(client: Client, keys: BoardKeys, owner: str, groups: Sequence[str]) -> int:
    """Forget the groups that a recount found empty and that are still empty; return how many.

    Raises `RunLostError`.
    """
    request = json.dumps({"owner": owner, "groups": groups}, ensure_ascii=False)
    return int(_RETIRE.run(client, _sealed_keys(keys), request))


class Proven(NamedTuple):
    """A proof: the board's version after it, its time by Redis' clock, and what was corrected."""

    version: int
    verified_at: str
    drift: Totals


def finish_run(client: Client, keys: BoardKeys, board: Board, owner: str) -> Proven:
    """Note that a run has proven the totals, publish it, and end the run.

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
    """Forget those of `items` that were removed before a time; return how many."""
    arguments = json.dumps({"items": items, "before": before_seconds}, ensure_ascii=False)
    return int(_PRUNE.run(client, _sealed_keys(keys), arguments))


def _sealed_keys(keys: BoardKeys) -> tuple[str, ...]:
    """Return the keys of the scripts that write: all but `chain`, which the watch writes."""
    return keys[: keys.index(keys.chain)]


def _to_fields(reply: Iterable[bytes]) -> dict[str, str]:
    return {field.decode(): value.decode() for field, value in pair_fields(reply)}
