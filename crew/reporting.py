"""The page with the current state, and one page for the treasurer to sign."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aggregates.board import Board
from crew.desk import Desk, in_thread
from crew.finding import describe_entry
from crew.gifts import Gift, Gifts, Row, label_attribute
from crew.pages import Pages
from crew.silence import find_silent_groups
from crew.sources import SourceNews, list_sources
from crew.written import write_amount

_STATES = {
    "live": "Live: the figures are up to date.",
    "checking": "Checking: the figures may be incomplete.",
    "offline": "Offline: no figures are shown.",
}
_MAX_LISTED = 100
# The sheet is one page; the whole log is in the workbook.
_MAX_CHANGES = 30


class Sums(NamedTuple):
    """A line of the sheet: how many gifts, and the sum of each measure in minor units."""

    name: str
    gifts: int
    minors: tuple[int, ...]
    texts: tuple[str, ...]


def reporting_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes of the state page and the treasurer's sheet."""

    async def state(request: Request) -> Response:
        board_desk = desk.choose(request)
        board = board_desk.board
        snapshot = await in_thread(desk.display.read_snapshot, board.name)
        screens = await in_thread(desk.display.read_screens, board.name)
        rows = await in_thread(board_desk.index.rows)
        rejected, outside = _list_rejected(board_desk.gifts, rows)
        status = snapshot["status"]
        name = status.get("state", "offline")
        facts = _describe_facts(snapshot, screens)
        if outside:
            facts.append(("Left out by the board's rules", f"{outside:,}"))
        if notice := desk.read_notice():
            facts.insert(0, ("Attention", notice))
        counts = board_desk.index.count_groups()
        return pages.show(
            request,
            "state.html",
            board,
            state=name,
            state_text=_STATES.get(name, _STATES["offline"]),
            reason=status.get("reason") or "",
            facts=facts,
            sources=_describe_sources(list_sources(desk.read_intake(), board.name)),
            rejected=rejected[:_MAX_LISTED],
            rejected_count=len(rejected),
            groups=find_silent_groups(rows, counts, datetime.now(UTC), board_desk.gifts.zone),
        )

    async def sheet(request: Request) -> Response:
        board_desk = desk.choose(request)
        snapshot = await in_thread(desk.display.read_snapshot, board_desk.board.name)
        rows = await in_thread(board_desk.index.read_now)
        entries = await in_thread(board_desk.journal.read_all)
        gifts = board_desk.gifts
        sums, total = add_up(gifts, rows)
        changes = [entry for entry in entries if entry.what in ("corrected", "taken back")]
        now = datetime.now(UTC).astimezone(gifts.zone)
        counts = Counter(entry.what for entry in changes)
        return pages.show(
            request,
            "sheet.html",
            board_desk.board,
            printed_at=f"{now:%Y-%m-%d %H:%M} ({board_desk.board.time_zone})",
            measures=[
                f"{label_attribute(m.name)} {m.unit.name}".strip()
                for m in board_desk.board.measures
            ],
            sums=sums,
            total=total,
            proof=_describe_proof(snapshot, total, board_desk.board, gifts),
            facts=[
                ("Gifts counted", f"{total.gifts:,}"),
                ("Gifts that cannot be counted", f"{sum(r.rejected is not None for r in rows):,}"),
                ("Refunds (below 0)", f"{_count_refunds(rows):,}"),
                ("Corrections by the crew", f"{counts['corrected']:,}"),
                ("Taken back by the crew", f"{counts['taken back']:,}"),
            ],
            changes=[describe_entry(gifts, entry) for entry in changes[-_MAX_CHANGES:]],
            more_changes=max(0, len(changes) - _MAX_CHANGES),
        )

    require = desk.access.require
    return [
        Route("/state", require(state), methods=["GET"]),
        Route("/sheet", require(sheet), methods=["GET"]),
    ]


def add_up(gifts: Gifts, rows: Iterable[Row]) -> tuple[list[Sums], Sums]:
    """Return the sums by group, the largest first, and the total."""
    measures, language = gifts.board.measures, gifts.board.language
    by_group: dict[str, list[int]] = {}
    for row in rows:
        if row.contribution is not None:
            sums = by_group.setdefault(row.contribution.group, [0] * (1 + len(measures)))
            for place, value in enumerate((1, *row.contribution.values)):
                sums[place] += value

    def make(name: str, sums: list[int]) -> Sums:
        pairs = zip(sums[1:], measures, strict=True)
        texts = tuple(write_amount(minor, measure.unit, language) for minor, measure in pairs)
        return Sums(name, sums[0], tuple(sums[1:]), texts)

    rank = 1 if measures else 0
    ordered = sorted(by_group.items(), key=lambda pair: (-pair[1][rank], pair[0]))
    columns = list(zip(*by_group.values(), strict=True)) or [()] * (1 + len(measures))
    return [make(name, sums) for name, sums in ordered], make("Total", [sum(c) for c in columns])


def _count_refunds(rows: Iterable[Row]) -> int:
    counted = (row.contribution for row in rows)
    return sum(c is not None and bool(c.values) and c.values[0] < 0 for c in counted)


def _describe_proof(snapshot: Mapping[str, Any], total: Sums, board: Board, gifts: Gifts) -> str:
    """Return a text: whether the display's total equals the gifts' sum, and the last audit."""
    if "totals" not in snapshot:
        return f"The display shows no totals right now. {snapshot['status'].get('reason', '')}"
    shown = snapshot["totals"].get("ALL", {"count": 0})
    same = shown.get("count") == total.gifts and all(
        shown.get(measure.name, 0) == minor
        for measure, minor in zip(board.measures, total.minors, strict=True)
    )
    if not same:
        return "The display shows another total right now. Print this page again in a minute."
    if not (at := snapshot.get("verified_at")):
        return "The display shows the same total. It has not been audited yet."
    proven = datetime.fromisoformat(at).astimezone(gifts.zone)
    return (
        "The display shows the same total. Its last audit against the table was at"
        f" {proven:%Y-%m-%d %H:%M}."
    )


def _describe_facts(
    snapshot: Mapping[str, Any], screens: Mapping[str, int] | None
) -> list[tuple[str, str]]:
    now = datetime.now(UTC)
    facts = []
    for name, field in (
        ("Figures as of", "at"),
        ("Newest change", "created"),
        ("Last audit", "verified_at"),
    ):
        if at := snapshot.get(field):
            facts.append((name, f"{_describe_span(now - datetime.fromisoformat(at))} ago"))
    if screens is None:
        return [*facts, ("Screens connected", "not known")]
    connected = ", ".join(f"{count} {kind}" for kind, count in sorted(screens.items()) if count)
    return [*facts, ("Screens connected", connected or "none")]


def _describe_sources(sources: Iterable[SourceNews]) -> list[dict[str, Any]]:
    now = datetime.now(UTC)

    def say(moment: datetime | None) -> str:
        return f"{_describe_span(now - moment)} ago" if moment else "never"

    return [
        {"news": news, "heard": say(news.heard_at), "swept": say(news.swept_at)} for news in sources
    ]


def _describe_span(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 172_800 else f"{seconds // 86_400} days"


def _list_rejected(gifts: Gifts, rows: Iterable[Row]) -> tuple[list[Gift], int]:
    """Return the gifts that should count but cannot, and how many the board leaves out."""
    uncounted = [row for row in rows if row.contribution is None]
    rejected = [gifts.show(row) for row in uncounted if row.rejected is not None]
    return rejected, len(uncounted) - len(rejected)
