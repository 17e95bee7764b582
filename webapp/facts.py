"""Gathers what decides whether a board is live, from the last check and the figures shown."""

from dataclasses import replace
from datetime import UTC, datetime

from aggregates.board import Board
from aggregates.message import format_time
from aggregates.scripts import Standing
from webapp.figures import Figures
from webapp.trust import Facts


def gather_facts(
    board: Board,
    figures: Figures,
    standing: Standing | None,
    server: str,
    *,
    unreachable: str,
    eviction: str,
) -> Facts:
    """Return the facts; `standing` is None before the first check, `server` answered it."""
    facts = Facts(
        unreachable=unreachable,
        has_figures=figures.state is not None,
        is_known=figures.seen is not None,
        eviction=eviction,
        is_held_back=figures.is_held_back or figures.has_shown_other,
        is_proven_here=figures.is_proven_here,
        chain_age_seconds=None,
    )
    if standing is None:
        return facts
    counted_ms = standing.counted_ms
    if (standing.chain_epoch, standing.chain_server) != (standing.epoch, server):
        counted_ms = None
    return replace(
        facts,
        is_same_definition=standing.definition in (None, board.definition),
        is_lost=standing.is_lost,
        # A proof is withdrawn where changes were skipped that have to be counted.
        is_proven_here=facts.is_proven_here and standing.verified_server == server,
        chain_age_seconds=counted_ms and (standing.now_ms - counted_ms) / 1000,
        confirmed_until="" if counted_ms is None else _format_ms(counted_ms),
        chain_reason=standing.chain_reason or "",
    )


def _format_ms(milliseconds: int) -> str:
    """Return a time as text; empty for one outside the calendar."""
    try:
        return format_time(datetime.fromtimestamp(milliseconds / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        return ""
