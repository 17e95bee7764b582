"""Reads a board's totals from Redis, and formats them as a table for a terminal."""

from typing import Any

from redis import Redis

from aggregates.board import ALL, COUNT, Board
from aggregates.keys import board_keys
from aggregates.totals import Totals, gather_totals
from aggregates.units import format_amount


def read_totals(redis: Redis, board: Board) -> Totals:
    """Return a board's totals; they include `ALL` even if nothing was counted."""
    nothing = {COUNT: 0} | {measure.name: 0 for measure in board.measures}
    reply: Any = redis.hgetall(board_keys(board.name).totals)
    return {ALL: nothing} | gather_totals(reply.items())


def count_rejected(redis: Redis, board: Board) -> int:
    """Return how many items of a board's table cannot be counted."""
    return int(redis.hlen(board_keys(board.name).rejected))


def describe_group(totals: Totals, group: str, board: Board) -> str:
    """Return one group's totals as a text, such as `Phone: 12, amount 310.00 USD`."""
    row = totals.get(group, {})
    parts = [f"{row.get(COUNT, 0):,}"]
    for measure in board.measures:
        amount = format_amount(row.get(measure.name, 0), measure.unit)
        parts.append(f"{measure.name} {amount} {measure.unit.name}".rstrip())
    return f"{group}: {', '.join(parts)}"


def format_table(totals: Totals, board: Board) -> str:
    """Return a table: the largest groups first, `ALL` last."""
    order = [measure.name for measure in board.measures] or [COUNT]
    groups = sorted(totals.keys() - {ALL}, key=lambda g: totals[g].get(order[0], 0), reverse=True)
    heads = [f"{m.name} {m.unit.name}".rstrip() for m in board.measures]
    lines = [[board.group_by, COUNT, *heads]]
    for group in (*groups, ALL):
        row = totals[group]
        amounts = [format_amount(row.get(m.name, 0), m.unit) for m in board.measures]
        lines.append([group, f"{row.get(COUNT, 0):,}", *amounts])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
