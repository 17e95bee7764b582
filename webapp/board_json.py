"""The parts of an event that say what board it is, what its goal is, and what a proof found."""

from collections.abc import Mapping
from typing import Any

from aggregates.board import ALL, COUNT, Board
from aggregates.message import Proof


def encode_board(board: Board) -> dict[str, Any]:
    """Return what does not change while a process runs."""
    measures: list[dict[str, Any]] = [{"name": COUNT, "attribute": None, "unit": "", "exponent": 0}]
    for measure in board.measures:
        name, exponent = measure.unit
        described = {"name": measure.name, "attribute": measure.attribute}
        measures.append(described | {"unit": name, "exponent": exponent})
    return {
        "title": board.title,
        "group_by": board.group_by,
        "group_order": list(board.known_groups),
        "donate_url": board.donate_url,
        "measures": measures,
    }


def encode_proof(proof: Proof | None) -> dict[str, Any]:
    """Return when totals were proven, and by how much that of all groups was corrected."""
    if proof is None:
        return {"verified_at": None, "drift": None}
    of_all = proof.drift.get(ALL)
    return {"verified_at": proof.verified_at, "drift": {ALL: of_all} if of_all else {}}


def encode_goal(board: Board, reached: Mapping[int, str]) -> dict[str, Any] | None:
    """Return the goal and which of its steps are reached, None where there is no goal."""
    goal = board.goal
    if goal is None:
        return None
    return {
        "measure": goal.measure,
        "target": goal.target_minor,
        "milestones": goal.milestones_minor,
        "reached": reached,
    }
