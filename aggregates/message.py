"""Reads the messages that the scripts publish on the channel: `docs/protocol.md`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
)
from aggregates.schema import SCHEMA as SCHEMA
from aggregates.totals import quote

# Our messages are a few KB; anything longer is not ours.
MAX_MESSAGE_BYTES = 1_000_000
_K = TypeVar("_K")

# Measure → integer (`count`, and minor units of the sums).
Sums = Mapping[str, int]


class TickerItem(NamedTuple):
    """An item of the ticker. `id` is the board's own number and reveals nothing of the key."""

    id: int
    at_ms: int
    attributes: Mapping[str, Any]


class Proof(NamedTuple):
    """A reconcile's proof of the totals: when (by Redis' clock), where, and what it corrected.

    `server` is the id of the Redis that held them: totals on another server may be older.
    """

    verified_at: str
    server: str
    drift: Mapping[str, Sums]

    def drift_of_all(self, measure: str) -> int:
        """Return by how much the reconcile changed the total of a measure."""
        return self.drift.get(ALL, {}).get(measure, 0)


@dataclass(frozen=True)
class Message:
    """The changes of one apply, as absolute values; None stands for something that was removed.

    `points` of the timeline are by their start in seconds since 1970, in steps of `step_seconds`;
    a message whose step differs from the previous message's has all of them. `recent` are fine
    buckets. `milestones` are by minor units, with the time each was reached; those in `celebrate`
    were reached just now. `created` is when the newest stream record was made in DynamoDB. `proof`
    is set when a reconcile has just proven the totals. `is_partial` says that more has changed than
    fits into a message, so Redis must be read. `numbers` says in which order the groups appeared.
    """

    board: str
    epoch: str
    version: int
    at: str
    created: str | None
    totals: Mapping[str, Sums | None]
    put: tuple[TickerItem, ...]
    removed: tuple[int, ...]
    milestones: Mapping[int, str | None]
    rejected: int
    proof: Proof | None
    is_partial: bool = False
    group_count: int | None = None
    step_seconds: int | None = None
    points: Mapping[int, Sums | None] | None = None
    recent: Mapping[int, Sums | None] | None = None
    celebrate: tuple[int, ...] = ()
    moved: int | None = None
    numbers: Mapping[str, int] = field(default_factory=dict)


def format_time(moment: datetime) -> str:
    """Return ISO 8601 in UTC with milliseconds, such as `2026-11-21T19:04:11.218Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def decode_message(data: bytes | str) -> Message:
    """Return the message that a script published; raise `MessageError`.

    Unknown fields are ignored; an unknown schema is refused.
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
        put=tuple(read_ticker_item(item) for item in put),
        removed=tuple(check_integer("ticker.removed", id_) for id_ in removed),
        milestones=_milestones(fields.get("milestones", {})),
        rejected=read_natural(fields, "rejected"),
        proof=read_proof(fields) if "verified_at" in fields else None,
        is_partial=bool(fields.get("is_partial", False)),
        group_count=read_optional(fields, "group_count", read_natural),
        step_seconds=read_optional(fields, "step", read_natural),
        points=read_optional(fields, "timeline", _buckets),
        recent=read_optional(fields, "recent", _buckets),
        celebrate=tuple(check_integer("celebrate", step) for step in celebrate),
        moved=read_optional(fields, "moved", read_natural),
        numbers=_numbers(fields.get("numbers", {})),
    )


def _changed(name: str, members: Mapping[_K, Any]) -> Mapping[_K, Sums | None]:
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


def _numbers(fields: Any) -> Mapping[str, int]:
    numbers: Mapping[str, int] = read_field({"numbers": fields}, "numbers", dict)
    for number in numbers.values():
        check_integer("numbers", number)
    return numbers


def _buckets(fields: Mapping[str, Any], name: str) -> Mapping[int, Sums | None]:
    return _changed(name, by_integer(name, fields[name]))


def _milestones(fields: Any) -> Mapping[int, str | None]:
    milestones = by_integer("milestones", fields)
    for at in milestones.values():
        if at is not None:
            read_text({"milestones": at}, "milestones")
    return milestones


def read_proof(fields: Mapping[str, Any]) -> Proof:
    """Return the proof of a message or of meta; raise `MessageError`."""
    drift = read_field(fields, "drift", dict)
    for group, totals in drift.items():
        if not isinstance(totals, dict):
            raise MessageError(f"drift: {quote(group)} is {quote(totals)}; it should be an object")
        for value in totals.values():
            check_integer(f"drift: {quote(group)}", value)
    return Proof(read_text(fields, "verified_at"), read_text(fields, "verified_server"), drift)


def read_ticker_item(item: Mapping[str, Any]) -> TickerItem:
    """Return an item of the ticker; raise `MessageError`."""
    shown = TickerItem(
        read_natural(item, "id"), read_natural(item, "at_ms"), read_field(item, "attributes", dict)
    )
    for name, value in shown.attributes.items():
        if not isinstance(value, (str, int)):
            raise MessageError(f"attributes: {quote(name)} is {quote(value)}")
    return shown
