"""Encodes parts of an event: the board, its goal, and its proof."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aggregates.board import ALL, COUNT, Board
from aggregates.give import Match
from aggregates.message import Proof, format_time
from aggregates.totals import drop_lines
from aggregates.words import Words


def encode_board(board: Board) -> dict[str, Any]:
    """Return the parts that come from the board's file."""
    measures: list[dict[str, Any]] = [{"name": COUNT, "attribute": None, "unit": "", "exponent": 0}]
    for measure in board.measures:
        name, exponent = measure.unit
        described = {"name": measure.name, "attribute": measure.attribute}
        measures.append(described | {"unit": name, "exponent": exponent})
    return {
        "title": board.title,
        "group_by": board.group_by,
        "group_order": list(board.known_groups),
        "contest": board.groups.is_contest,
        "words": _encode_words(board.words),
        "donate_url": board.donate_url,
        "donate_address": board.give.address,
        "ends": _encode_ms(board.give.ends_ms),
        "match": _encode_match(board.give.match),
        "rehearsal": board.is_rehearsal,
        "measures": measures,
        "thanks": _encode_thanks(board),
    }


def _encode_thanks(board: Board) -> dict[str, Any] | None:
    thanks, ticker = board.thanks, board.ticker
    if thanks is None or ticker is None:
        return None
    return {
        "least": thanks.least_minor,
        "measure": board.rank_measure,
        "name": thanks.name,
        "comment": thanks.comment,
        "approved": ticker.show_if is not None,
    }


def _encode_match(match: Match | None) -> dict[str, Any] | None:
    return None if match is None else {"text": match.text, "until": _encode_ms(match.until_ms)}


def _encode_ms(time_ms: int | None) -> str | None:
    return None if time_ms is None else format_time(datetime.fromtimestamp(time_ms / 1000, UTC))


def _encode_words(words: Words) -> dict[str, Any]:
    """Return the event's own words; the display has its own for what is absent."""
    item, headings = dict(words.item), dict(words.headings)
    return {"item": item or None, "group": words.group, "headings": headings}


def encode_proof(proof: Proof | None) -> dict[str, Any]:
    """Return when totals were proven, and by how much the total of all groups was corrected."""
    if proof is None:
        return {"verified_at": None, "drift": None}
    of_all = drop_lines(proof.drift.get(ALL, {}))
    return {"verified_at": proof.verified_at, "drift": {ALL: of_all} if of_all else {}}


def encode_goal(board: Board, reached: Mapping[int, str]) -> dict[str, Any] | None:
    """Return the goal and its reached steps; None if the board has no goal."""
    goal = board.goal
    if goal is None:
        return None
    return {
        "measure": goal.measure,
        "target": goal.target_minor,
        "milestones": goal.milestones_minor,
        "names": dict(goal.names),
        "reached": reached,
    }
