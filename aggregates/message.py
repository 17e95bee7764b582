"""What Redis tells the web app: messages on the channel, and snapshots. `docs/protocol.md`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from aggregates.board import ALL, COUNT
from aggregates.fields import MessageError as MessageError
from aggregates.fields import (
    by_integer,
    check_integer,
    load_object,
    read_field,
    read_natural,
    read_optional,
    read_text,
    to_integer,
)
from aggregates.schema import SCHEMA as SCHEMA
from aggregates.totals import gather_totals, pair_fields, quote

# A message is some KB; more than this is none of ours.
MAX_MESSAGE_BYTES = 1_000_000
_K = TypeVar("_K")

# Measure → integer (`count`, and minor units of the sums).
Totals = Mapping[str, int]


class Shown(NamedTuple):
    """An item of the ticker. `id` is the board's own, and says nothing of the item's key."""

    id: int
    at_ms: int
    attributes: Mapping[str, Any]


class Proof(NamedTuple):
    """A reconcile has proven the totals: when (by Redis' clock), where, and what it corrected.

    `server` is the id of the Redis that held them: totals on another may be an older state.
    """

    verified_at: str
    server: str
    drift: Mapping[str, Totals]

    def drift_of_all(self, measure: str) -> int:
        """Return by how much the total of a measure was changed."""
        return self.drift.get(ALL, {}).get(measure, 0)


@dataclass(frozen=True)
class Message:
    """What one apply changed, as absolute values; None stands for what is there no longer.

    `points` of the timeline are by their start in seconds since 1970, in steps of `step_seconds`;
    a message with another step than the one before has all of them. `recent` are fine buckets.
    `milestones` are by minor units, with the time each was reached; of those, `celebrate` were
    reached just now. `created` is when the newest stream record was made in DynamoDB, `is_late`
    whether that was long ago; `proof` is there when a reconcile has just proven the totals.
    `is_partial` says that more has changed than a message can tell: Redis has to be read.
    """

    board: str
    epoch: str
    version: int
    at: str
    created: str | None
    totals: Mapping[str, Totals | None]
    put: tuple[Shown, ...]
    removed: tuple[int, ...]
    milestones: Mapping[int, str | None]
    rejected: int
    proof: Proof | None
    is_late: bool = False
    is_partial: bool = False
    group_count: int | None = None
    step_seconds: int | None = None
    points: Mapping[int, Totals | None] | None = None
    recent: Mapping[int, Totals | None] | None = None
    celebrate: tuple[int, ...] = ()
    moved: int | None = None


@dataclass(frozen=True)
class Snapshot:
    """What is shown of a board, as of one version.

    `totals` has ALL, and twice as many groups as are shown, the first by rank; `group_count` is how
    many there are. `step_seconds` is None where nothing is on the timeline yet. `proof` is None
    where the totals were never proven. `is_lost` says that Redis has lost a part of the board: then
    the figures are left out. `late_at` is when a batch was last applied whose records were made
    long before; `moved` how many items were updated in place like a running total; `now_ms` is the
    server's clock.
    """

    epoch: str
    version: int
    at: str
    created: str | None
    proof: Proof | None
    totals: Mapping[str, Totals]
    ticker: tuple[Shown, ...]
    milestones: Mapping[int, str]
    rejected: int
    late_at: str | None = None
    definition: str = ""
    is_lost: bool = False
    group_count: int = 0
    step_seconds: int | None = None
    points: Mapping[int, Totals] | None = None
    recent: Mapping[int, Totals] | None = None
    moved: int = 0
    now_ms: int = 0


def format_time(moment: datetime) -> str:
    """Return ISO 8601 in UTC with milliseconds, such as `2026-11-21T19:04:11.218Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def decode_message(data: bytes | str) -> Message:
    """Return the message that a script published; raise `MessageError`.

    Fields this version does not know are passed over, a schema it does not know is refused.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise MessageError(f"a message has {len(data):,} bytes; it may have {MAX_MESSAGE_BYTES:,}")
    fields = load_object(data, "a message")
    schema = read_field(fields, "schema", int)
    if schema != SCHEMA:
        raise MessageError(f"schema is {quote(schema)}; this version reads {SCHEMA}")
    ticker = fields.get("ticker", {"put": [], "removed": []})
    totals = _changed("totals", read_field(fields, "totals", dict))
    if ALL in totals and totals[ALL] is None:
        raise MessageError("totals: ALL is null; it is always there")
    put, removed = read_field(ticker, "put", list), read_field(ticker, "removed", list)
    celebrate = read_field(fields, "celebrate", list) if "celebrate" in fields else []
    return Message(
        board=read_text(fields, "board"),
        epoch=read_text(fields, "epoch"),
        version=read_natural(fields, "version"),
        at=read_text(fields, "at"),
        created=read_optional(fields, "created", read_text),
        totals=totals,
        put=tuple(_shown(item) for item in put),
        removed=tuple(check_integer("ticker.removed", id_) for id_ in removed),
        milestones=_milestones(fields.get("milestones", {})),
        rejected=read_natural(fields, "rejected"),
        proof=_proof(fields) if "verified_at" in fields else None,
        is_late=bool(fields.get("is_late", False)),
        is_partial=bool(fields.get("is_partial", False)),
        group_count=read_optional(fields, "group_count", read_natural),
        step_seconds=read_optional(fields, "step", read_natural),
        points=read_optional(fields, "timeline", _buckets),
        recent=read_optional(fields, "recent", _buckets),
        celebrate=tuple(check_integer("celebrate", step) for step in celebrate),
        moved=read_optional(fields, "moved", read_natural),
    )


def decode_snapshot(reply: Sequence[Any], measures: Sequence[str]) -> Snapshot | None:
    """Return what `snapshot.lua` read; None when the board has no keys. Raise `MessageError`.

    `measures` are those whose values it was asked for, `count` first.
    """
    fields, now_ms, lost, all_, groups, group_count = reply[:6]
    timeline, recent, milestones, ticker, rejected = reply[6:]
    try:
        meta = _to_texts(fields)
        if "epoch" not in meta:
            return None
        proven = "verified_at" in meta
        for name in ("version", "at", *(("drift",) if proven else ())):
            if name not in meta:
                raise MessageError(f"meta has no {name}")
        steps = _to_texts(milestones)
        reached = {step: at for step, at in steps.items() if not step.startswith("lost:")}
        return Snapshot(
            epoch=read_text(meta, "epoch"),
            version=to_integer("version", meta["version"]),
            at=read_text(meta, "at"),
            created=read_optional(meta, "created", read_text),
            proof=_proof(meta | {"drift": load_object(meta["drift"], "drift")}) if proven else None,
            totals={} if lost else _ranked([ALL.encode(), *all_, *groups], measures),
            ticker=tuple(_shown(load_object(text, "an item of the ticker")) for text in ticker),
            milestones=dict(by_integer("milestones", reached)),
            rejected=int(rejected),
            late_at=read_optional(meta, "late_at", read_text),
            definition=meta.get("definition", ""),
            is_lost=bool(lost),
            group_count=int(group_count),
            step_seconds=to_integer("step", meta["step"]) if "step" in meta else None,
            points=by_integer("timeline", _totals("timeline", timeline)),
            recent=by_integer("recent", _totals("recent", recent)),
            moved=to_integer("moved", meta.get("moved", "0")),
            now_ms=int(now_ms),
        )
    except UnicodeDecodeError as error:
        raise MessageError(f"what Redis holds is not UTF-8: {error.reason}") from error


def _changed(name: str, members: Mapping[_K, Any]) -> Mapping[_K, Totals | None]:
    for key, totals in members.items():
        if totals is None:
            continue
        if not isinstance(totals, dict) or COUNT not in totals:
            raise MessageError(
                f"{name}: {quote(key)} is {quote(totals)}; it should be null, or an object with"
                f" {COUNT}"
            )
        for value in totals.values():
            check_integer(f"{name}: {quote(key)}", value)
    return members


def _buckets(fields: Mapping[str, Any], name: str) -> Mapping[int, Totals | None]:
    return _changed(name, by_integer(name, fields[name]))


def _milestones(fields: Any) -> Mapping[int, str | None]:
    milestones = by_integer("milestones", fields)
    for at in milestones.values():
        if at is not None:
            read_text({"milestones": at}, "milestones")
    return milestones


def _proof(fields: Mapping[str, Any]) -> Proof:
    drift = read_field(fields, "drift", dict)
    for group, totals in drift.items():
        if not isinstance(totals, dict):
            raise MessageError(f"drift: {quote(group)} is {quote(totals)}; it should be an object")
        for value in totals.values():
            check_integer(f"drift: {quote(group)}", value)
    return Proof(read_text(fields, "verified_at"), read_text(fields, "verified_server"), drift)


def _shown(item: Mapping[str, Any]) -> Shown:
    shown = Shown(
        read_natural(item, "id"), read_natural(item, "at_ms"), read_field(item, "attributes", dict)
    )
    for name, value in shown.attributes.items():
        if not isinstance(value, (str, int)):
            raise MessageError(f"attributes: {quote(name)} is {quote(value)}")
    return shown


def _to_texts(reply: list[bytes]) -> dict[str, str]:
    return {field.decode(): value.decode() for field, value in pair_fields(reply)}


def _ranked(rows: Sequence[bytes | None], measures: Sequence[str]) -> dict[str, Totals]:
    """Return totals by group; each has its name and a value per measure in `rows`."""
    totals: dict[str, Totals] = {}
    width = 1 + len(measures)
    for first in range(0, len(rows), width):
        name, *values = rows[first : first + width]
        assert name is not None
        group = name.decode()
        found = zip(measures, values, strict=True)
        sums = {m: to_integer(group, v.decode()) for m, v in found if v is not None}
        if sums:
            totals[group] = sums
    return totals


def _totals(name: str, reply: list[bytes]) -> dict[str, dict[str, int]]:
    try:
        return gather_totals(pair_fields(reply))
    except ValueError as error:
        raise MessageError(f"{name}: {error}") from error
