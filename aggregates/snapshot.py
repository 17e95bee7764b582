"""Decodes what a web process reads from Redis: everything that is shown of a board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aggregates.board import ALL
from aggregates.fields import (
    MessageError,
    by_integer,
    load_object,
    read_optional,
    read_text,
    to_integer,
)
from aggregates.message import Proof, Sums, TickerItem, read_proof, read_ticker_item
from aggregates.totals import gather_totals, pair_fields


@dataclass(frozen=True)
class Snapshot:
    """What is shown of a board, as of one version.

    `totals` has ALL and the first groups by rank, twice as many as are shown; `group_count` counts
    all groups, and `numbers` says in which order they appeared. `step_seconds` is None while the
    timeline is empty. `proof` is None if the totals were never proven. `is_lost` says that Redis
    has lost a part of the board; the figures are then left out. `moved` counts the items that were
    updated in place like a running total. `now_ms` is the server's clock.
    """

    epoch: str
    version: int
    at: str
    created: str | None
    proof: Proof | None
    totals: Mapping[str, Sums]
    ticker: tuple[TickerItem, ...]
    milestones: Mapping[int, str]
    rejected: int
    definition: str = ""
    is_lost: bool = False
    group_count: int = 0
    step_seconds: int | None = None
    points: Mapping[int, Sums] | None = None
    recent: Mapping[int, Sums] | None = None
    moved: int = 0
    now_ms: int = 0
    numbers: Mapping[str, int] = field(default_factory=dict)


def decode_snapshot(reply: Sequence[Any], measures: Sequence[str]) -> Snapshot | None:
    """Return the reply of `snapshot.lua`; None if the board has no keys. Raise `MessageError`.

    `measures` are the measures that the script was asked for, `count` first.
    """
    fields, now_ms, lost, all_, groups, group_count = reply[:6]
    timeline, recent, milestones, ticker, rejected, numbers = reply[6:]
    try:
        meta: dict[str, Any] = dict(_to_texts(fields))
        if "epoch" not in meta:
            return None
        proven = "verified_at" in meta
        for name in ("version", "at", *(("drift",) if proven else ())):
            if name not in meta:
                raise MessageError(f"meta has no {name}")
        if proven:
            meta["drift"] = load_object(meta["drift"], "drift")
        shown = [load_object(text, "an item of the ticker") for text in ticker]
        steps = _to_texts(milestones)
        reached = {step: at for step, at in steps.items() if not step.startswith("lost:")}
        return Snapshot(
            epoch=read_text(meta, "epoch"),
            version=to_integer("version", meta["version"]),
            at=read_text(meta, "at"),
            created=read_optional(meta, "created", read_text),
            proof=read_proof(meta) if proven else None,
            totals={} if lost else _ranked([ALL.encode(), *all_, *groups], measures),
            ticker=tuple(read_ticker_item(item) for item in shown),
            milestones=dict(by_integer("milestones", reached)),
            rejected=int(rejected),
            definition=meta.get("definition", ""),
            is_lost=bool(lost),
            group_count=int(group_count),
            step_seconds=to_integer("step", meta["step"]) if "step" in meta else None,
            points=by_integer("timeline", _totals("timeline", timeline)),
            recent=by_integer("recent", _totals("recent", recent)),
            moved=to_integer("moved", meta.get("moved", "0")),
            now_ms=int(now_ms),
            numbers=_numbered(groups[:: 1 + len(measures)], numbers),
        )
    except UnicodeDecodeError as error:
        raise MessageError(f"what Redis holds is not UTF-8: {error.reason}") from error


def _to_texts(reply: list[bytes]) -> dict[str, str]:
    return {field.decode(): value.decode() for field, value in pair_fields(reply)}


def _numbered(groups: Sequence[bytes], numbers: Sequence[bytes | None]) -> dict[str, int]:
    found = zip(groups, numbers, strict=True)
    return {g.decode(): to_integer("groups", n.decode()) for g, n in found if n is not None}


def _ranked(rows: Sequence[bytes | None], measures: Sequence[str]) -> dict[str, Sums]:
    """Return totals by group; `rows` has each group's name, then a value per measure."""
    totals: dict[str, Sums] = {}
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
