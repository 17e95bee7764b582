"""What Redis tells the web app: messages on the channel, and snapshots. `docs/protocol.md`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from aggregates.board import ALL
from aggregates.schema import SCHEMA as SCHEMA
from aggregates.totals import gather_totals

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
    """That a reconcile proved the totals: from when it read the table until when, what it found.

    `server` is the id of the Redis that held them: totals on another may be an older state.
    """

    verified_from: str
    verified_at: str
    server: str
    drift: Mapping[str, Totals]

    def drift_of_all(self, measure: str) -> int:
        """Return by how much the total of a measure was changed."""
        return self.drift.get(ALL, {}).get(measure, 0)


@dataclass(frozen=True)
class Message:
    """What one apply changed, as absolute values; None stands for what is there no longer.

    `timeline` is by the bucket's start in seconds since 1970, `milestones` by minor units, with
    the time each was reached. `created` is when the newest stream record was made in DynamoDB,
    `is_late` whether that was long ago; `proof` is there when a reconcile has just proven the
    totals.
    """

    board: str
    epoch: str
    version: int
    at: str
    created: str | None
    totals: Mapping[str, Totals | None]
    timeline: Mapping[int, Totals | None]
    put: tuple[Shown, ...]
    removed: tuple[int, ...]
    milestones: Mapping[int, str]
    rejected: int
    proof: "Proof | None"
    is_late: bool = False


@dataclass(frozen=True)
class Snapshot:
    """All of a board, as of one version. `proof` is None where its totals were never proven.

    `late_at` is when a batch was last applied whose records were made long before.
    """

    epoch: str
    version: int
    at: str
    created: str | None
    proof: "Proof | None"
    totals: Mapping[str, Totals]
    timeline: Mapping[int, Totals]
    ticker: tuple[Shown, ...]
    milestones: Mapping[int, str]
    rejected: int
    late_at: str | None = None


def format_time(moment: datetime) -> str:
    """Return ISO 8601 in UTC with milliseconds, such as `2026-11-21T19:04:11.218Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def decode_message(data: bytes | str) -> Message:
    """Return the message that `apply.lua` published; raise `MessageError`.

    Fields this version does not know are passed over, a schema it does not know is refused.
    """
    fields = _load(data, "a message")
    schema = _field(fields, "schema", int)
    if schema != SCHEMA:
        raise MessageError(f"schema is {schema}; this version reads {SCHEMA}")
    ticker = fields.get("ticker", {"put": [], "removed": []})
    return Message(
        board=_field(fields, "board", str),
        epoch=_field(fields, "epoch", str),
        version=_field(fields, "version", int),
        at=_field(fields, "at", str),
        created=_optional_text(fields, "created"),
        totals=_changed("totals", _field(fields, "totals", dict)),
        timeline=_changed("timeline", _by_integer("timeline", fields.get("timeline", {}))),
        put=tuple(_shown(item) for item in _field(ticker, "put", list)),
        removed=tuple(_integer("ticker.removed", id_) for id_ in _field(ticker, "removed", list)),
        milestones=_by_integer("milestones", fields.get("milestones", {})),
        rejected=_field(fields, "rejected", int),
        proof=_proof(fields) if "verified_at" in fields else None,
        is_late=bool(fields.get("is_late", False)),
    )


def decode_snapshot(reply: list[Any]) -> Snapshot | None:
    """Return what `snapshot.lua` read; None when the board has no keys. Raise `MessageError`."""
    try:
        meta = dict(_pairs(reply[0]))
        if "epoch" not in meta:
            return None
        proven = "verified_at" in meta
        return Snapshot(
            epoch=meta["epoch"],
            version=_to_integer("version", meta["version"]),
            at=meta["at"],
            created=meta.get("created"),
            proof=_proof(meta | {"drift": _load(meta["drift"], "drift")}) if proven else None,
            totals=_totals("totals", reply[1]),
            timeline=_by_integer("timeline", _totals("timeline", reply[2])),
            ticker=tuple(_shown(_load(text, "an item of the ticker")) for text in reply[4]),
            milestones=_by_integer("milestones", dict(_pairs(reply[3]))),
            rejected=int(reply[5]),
            late_at=meta.get("late_at"),
        )
    except KeyError as error:
        raise MessageError(f"meta has no {error}") from error
    except ValueError as error:
        raise error if isinstance(error, MessageError) else MessageError(str(error)) from error


def _load(data: bytes | str, what: str) -> dict[str, Any]:
    try:
        fields = json.loads(data)
    except ValueError as error:
        raise MessageError(f"{what} is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise MessageError(f"{what} is not a JSON object")
    return fields


def _field(fields: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
    value = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise MessageError(f"{name} is {value!r}; it should be {kind.__name__}")
    return value


def _by_integer(name: str, fields: Mapping[str, _T]) -> dict[int, _T]:
    try:
        return {int(key): value for key, value in fields.items()}
    except (ValueError, AttributeError) as error:
        raise MessageError(f"{name}: {error}") from error


def _optional_text(fields: Mapping[str, Any], name: str) -> str | None:
    return None if fields.get(name) is None else _field(fields, name, str)


def _to_integer(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise MessageError(f"{name}: {text!r} is no integer") from None


def _integer(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise MessageError(f"{name} has {value!r}; it should be an integer")
    return value


def _changed(name: str, members: Mapping[_K, Any]) -> Mapping[_K, Totals | None]:
    for key, totals in members.items():
        if totals is None:
            continue
        if not isinstance(totals, dict):
            raise MessageError(f"{name}: {key!r} is {totals!r}; it should be an object or null")
        for value in totals.values():
            _integer(f"{name}: {key!r}", value)
    return members


def _proof(fields: Mapping[str, Any]) -> Proof:
    return Proof(
        verified_from=_field(fields, "verified_from", str),
        verified_at=_field(fields, "verified_at", str),
        server=_field(fields, "verified_server", str),
        drift=_field(fields, "drift", dict),
    )


def _shown(item: Mapping[str, Any]) -> Shown:
    return Shown(
        _field(item, "id", int), _field(item, "at_ms", int), _field(item, "attributes", dict)
    )


def _pairs(reply: list[bytes]) -> Iterator[tuple[str, str]]:
    fields = iter(reply)
    for field, value in zip(fields, fields, strict=True):
        yield field.decode(), value.decode()


def _totals(name: str, reply: list[bytes]) -> dict[str, dict[str, int]]:
    fields = iter(reply)
    try:
        return gather_totals(zip(fields, fields, strict=True))
    except ValueError as error:
        raise MessageError(f"{name}: {error}") from error
