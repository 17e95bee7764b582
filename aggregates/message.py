"""What Redis tells the web app: messages on the channel, and snapshots. `docs/protocol.md`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from aggregates.board import ALL, COUNT
from aggregates.schema import SCHEMA as SCHEMA
from aggregates.totals import gather_totals, quote

# A message is some KB; more than this is none of ours.
MAX_MESSAGE_BYTES = 1_000_000
# Lua's numbers are exact below this.
_MOST = 2**53
# More text than this is no time, id or epoch of ours.
_MAX_TEXT = 100
_T = TypeVar("_T")
_K = TypeVar("_K")

# Measure → integer (`count`, and minor units of the sums).
Totals = Mapping[str, int]


class MessageError(ValueError):
    """A message, or a board's keys, that do not follow the protocol; the text names the field."""


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

    @property
    def drift_of_all(self) -> Totals:
        """By how much the totals of all groups together were changed."""
        return self.drift.get(ALL, {})


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
    fields = _load(data, "a message")
    schema = _field(fields, "schema", int)
    if schema != SCHEMA:
        raise MessageError(f"schema is {quote(schema)}; this version reads {SCHEMA}")
    ticker = fields.get("ticker", {"put": [], "removed": []})
    totals = _changed("totals", _field(fields, "totals", dict))
    if ALL in totals and totals[ALL] is None:
        raise MessageError("totals: ALL is null; it is always there")
    celebrate = _field(fields, "celebrate", list) if "celebrate" in fields else []
    return Message(
        board=_text(fields, "board"),
        epoch=_text(fields, "epoch"),
        version=_natural(fields, "version"),
        at=_text(fields, "at"),
        created=_optional(fields, "created", _text),
        totals=totals,
        put=tuple(_shown(item) for item in _field(ticker, "put", list)),
        removed=tuple(_integer("ticker.removed", id_) for id_ in _field(ticker, "removed", list)),
        milestones=_milestones(fields.get("milestones", {})),
        rejected=_natural(fields, "rejected"),
        proof=_proof(fields) if "verified_at" in fields else None,
        is_late=bool(fields.get("is_late", False)),
        is_partial=bool(fields.get("is_partial", False)),
        group_count=_optional(fields, "group_count", _natural),
        step_seconds=_optional(fields, "step", _natural),
        points=_optional(fields, "timeline", _buckets),
        recent=_optional(fields, "recent", _buckets),
        celebrate=tuple(_integer("celebrate", step) for step in celebrate),
        moved=_optional(fields, "moved", _natural),
    )


def decode_snapshot(reply: Sequence[Any], measures: Sequence[str]) -> Snapshot | None:
    """Return what `snapshot.lua` read; None when the board has no keys. Raise `MessageError`.

    `measures` are those whose values it was asked for, `count` first.
    """
    fields, now_ms, lost, all_, groups, group_count = reply[:6]
    timeline, recent, milestones, ticker, rejected = reply[6:]
    try:
        meta = dict(_pairs(fields))
        if "epoch" not in meta:
            return None
        proven = "verified_at" in meta
        for name in ("version", "at", *(("drift",) if proven else ())):
            if name not in meta:
                raise MessageError(f"meta has no {name}")
        reached = {step: at for step, at in _pairs(milestones) if not step.startswith("lost:")}
        return Snapshot(
            epoch=_text(meta, "epoch"),
            version=_to_integer("version", meta["version"]),
            at=_text(meta, "at"),
            created=_optional(meta, "created", _text),
            proof=_proof(meta | {"drift": _load(meta["drift"], "drift")}) if proven else None,
            # Of a board that lost a part, the figures are left out.
            totals={} if lost else _ranked([ALL.encode(), *all_, *groups], measures),
            ticker=tuple(_shown(_load(text, "an item of the ticker")) for text in ticker),
            milestones=dict(_by_integer("milestones", reached)),
            rejected=int(rejected),
            late_at=_optional(meta, "late_at", _text),
            definition=meta.get("definition", ""),
            is_lost=bool(lost),
            group_count=int(group_count),
            step_seconds=_to_integer("step", meta["step"]) if "step" in meta else None,
            points=_by_integer("timeline", _totals("timeline", timeline)),
            recent=_by_integer("recent", _totals("recent", recent)),
            moved=_to_integer("moved", meta.get("moved", "0")),
            now_ms=int(now_ms),
        )
    except UnicodeDecodeError as error:
        raise MessageError(f"what Redis holds is not UTF-8: {error.reason}") from error


def _load(data: bytes | str, what: str) -> dict[str, Any]:
    try:
        fields = json.loads(data)
        # Half of a surrogate pair is no character, and cannot be sent to anybody.
        if (b"\\ud" if isinstance(data, bytes) else "\\ud") in data.lower():  # type: ignore[operator]
            json.dumps(fields, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise MessageError(f"{what} is not JSON: {error}") from error
    except UnicodeError as error:
        raise MessageError(f"{what} is not JSON in UTF-8: {error.reason}") from error
    except ValueError as error:  # a number of thousands of digits
        raise MessageError(f"{what} is not JSON that can be read") from error
    except RecursionError as error:
        raise MessageError(f"{what} is not JSON that can be read: it is nested too deep") from error
    if not isinstance(fields, dict):
        raise MessageError(f"{what} is not a JSON object")
    return fields


def _field(fields: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
    value = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise MessageError(f"{name} is {quote(value)}; it should be {kind.__name__}")
    return value


def _text(fields: Mapping[str, Any], name: str) -> str:
    text = _field(fields, name, str)
    if len(text) > _MAX_TEXT:
        raise MessageError(f"{name} is {quote(text)}, {len(text):,} characters long")
    return text


def _natural(fields: Mapping[str, Any], name: str) -> int:
    value = _integer(name, _field(fields, name, int))
    if value < 0:
        raise MessageError(f"{name} is {quote(value)}; it cannot be negative")
    return value


def _optional(fields: Mapping[str, Any], name: str, read: Any) -> Any:
    return None if fields.get(name) is None else read(fields, name)


def _by_integer(name: str, fields: Mapping[str, _T]) -> dict[int, _T]:
    try:
        return {int(key): value for key, value in fields.items()}
    except (ValueError, AttributeError):
        raise MessageError(f"{name}: {quote(fields)} is not by integers") from None


def _to_integer(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise MessageError(f"{name}: {quote(text)} is no integer") from None


def _integer(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise MessageError(f"{name} has {quote(value)}; it should be an integer")
    if abs(value) > _MOST:
        raise MessageError(f"{name} has {quote(value)}; numbers are exact up to {_MOST}")
    return value


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
            _integer(f"{name}: {quote(key)}", value)
    return members


def _buckets(fields: Mapping[str, Any], name: str) -> Mapping[int, Totals | None]:
    return _changed(name, _by_integer(name, fields[name]))


def _milestones(fields: Any) -> Mapping[int, str | None]:
    milestones = _by_integer("milestones", fields)
    for step, at in milestones.items():
        if at is not None:
            _text({"milestones": at}, "milestones")
    return milestones


def _proof(fields: Mapping[str, Any]) -> Proof:
    drift = _field(fields, "drift", dict)
    for group, totals in drift.items():
        if not isinstance(totals, dict):
            raise MessageError(f"drift: {quote(group)} is {quote(totals)}; it should be an object")
        for value in totals.values():
            _integer(f"drift: {quote(group)}", value)
    return Proof(_text(fields, "verified_at"), _text(fields, "verified_server"), drift)


def _shown(item: Mapping[str, Any]) -> Shown:
    shown = Shown(_natural(item, "id"), _natural(item, "at_ms"), _field(item, "attributes", dict))
    for name, value in shown.attributes.items():
        if not isinstance(value, (str, int)):
            raise MessageError(f"attributes: {quote(name)} is {quote(value)}")
    return shown


def _pairs(reply: list[bytes]) -> Iterator[tuple[str, str]]:
    fields = iter(reply)
    for field, value in zip(fields, fields, strict=True):
        yield field.decode(), value.decode()


def _ranked(rows: Sequence[bytes | None], measures: Sequence[str]) -> dict[str, Totals]:
    """Return totals by group; each has its name and a value per measure in `rows`."""
    totals: dict[str, Totals] = {}
    width = 1 + len(measures)
    for first in range(0, len(rows), width):
        name, *values = rows[first : first + width]
        assert name is not None
        group = name.decode()
        found = zip(measures, values, strict=True)
        sums = {m: _to_integer(group, v.decode()) for m, v in found if v is not None}
        if sums:
            totals[group] = sums
    return totals


def _totals(name: str, reply: list[bytes]) -> dict[str, dict[str, int]]:
    fields = iter(reply)
    try:
        return gather_totals(zip(fields, fields, strict=True))
    except ValueError as error:
        raise MessageError(f"{name}: {error}") from error
