"""How it is at a glance, every gift as a file, and one page for the treasurer to sign."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from aggregates.board import Board
from aggregates.units import format_amount
from crew.desk import BoardDesk, Desk, in_thread
from crew.finding import describe_entry
from crew.gifts import FormError, GiftForms
from crew.pages import HEADERS, Pages
from crew.silence import find_silent_groups

_STATES = {
    "live": "Live: the figures are right",
    "checking": "Checking",
    "offline": "Offline",
}
# A cell that begins like this is a formula to a spreadsheet.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def reporting_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes that tell how it is."""

    async def state(request: Request) -> Response:
        board_desk = desk.choose(request)
        board = board_desk.board
        snapshot = await in_thread(desk.display.read_snapshot, board.name)
        screens = await in_thread(desk.display.read_screens, board.name)
        items = await in_thread(board_desk.index.items)
        status = snapshot.get("status", {"state": "offline", "reason": ""})
        text = _STATES.get(status.get("state", ""), "Offline")
        reason = status.get("reason", "")
        return pages.show(
            request,
            "state.html",
            board,
            status={"state": status.get("state", "offline"), "text": f"{text}. {reason}".strip()},
            facts=_describe_facts(snapshot, screens),
            rejected=_list_rejected(board_desk, items),
            groups=find_silent_groups(board_desk.require_forms(), items, datetime.now(UTC)),
        )

    async def export(request: Request) -> Response:
        board_desk = desk.choose(request)
        return pages.show(request, "export.html", board_desk.board)

    async def export_csv(request: Request) -> Response:
        board_desk = desk.choose(request)
        items = await in_thread(board_desk.index.items)
        for_excel = request.query_params.get("for") == "excel"
        name = f"{board_desk.board.name}-{datetime.now(UTC):%Y-%m-%d-%H%M}.csv"
        headers = HEADERS | {"content-disposition": f'attachment; filename="{name}"'}
        lines = write_csv(board_desk.require_forms(), items, for_excel=for_excel)
        media_type = "text/csv; charset=utf-8"
        return StreamingResponse(lines, headers=headers, media_type=media_type)

    async def sheet(request: Request) -> Response:
        board_desk = desk.choose(request)
        snapshot = await in_thread(desk.display.read_snapshot, board_desk.board.name)
        items = await in_thread(board_desk.index.items)
        entries = await in_thread(board_desk.journal.read_all)
        forms = board_desk.require_forms()
        rows, total, left_out = add_up(forms, items)
        changed = [entry for entry in entries if entry.what in ("corrected", "taken back")]
        return pages.show(
            request,
            "sheet.html",
            board_desk.board,
            printed_at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            measures=[f"{m.name} {m.unit.name}".strip() for m in board_desk.board.measures],
            rows=rows,
            all=total,
            proven=_describe_proof(snapshot, total, board_desk.board),
            facts=[
                ("Gifts counted", f"{total['count']:,}"),
                ("Gifts not counted", f"{left_out:,}"),
                ("Corrections", f"{sum(e.what == 'corrected' for e in entries):,}"),
                ("Taken back", f"{sum(e.what == 'taken back' for e in entries):,}"),
            ],
            changes=[
                shown | {"text": "; ".join(shown["changes"])}
                for shown in (describe_entry(forms, entry) for entry in changed)
            ],
        )

    require = desk.access.require
    return [
        Route("/state", require(state), methods=["GET"]),
        Route("/export", require(export), methods=["GET"]),
        Route("/export.csv", require(export_csv), methods=["GET"]),
        Route("/sheet", require(sheet), methods=["GET"]),
    ]


def write_csv(
    forms: GiftForms, items: Mapping[str, Any], *, for_excel: bool = False
) -> Iterator[str]:
    """Yield the lines of a CSV of all gifts, every attribute a column, oldest first.

    For Excel it begins with a byte order mark, so that umlauts stay, and what looks like a formula
    is quoted: a donor's name must not run on the treasurer's machine.
    """
    board = forms.board
    first = [board.key[0], board.time, board.group_by, forms.measure.attribute]
    names = [name for name in first if name]
    others = sorted({name for item in items.values() for name in item} - set(names))
    columns = [*names, *others]
    line = io.StringIO()
    writer = csv.writer(line)

    def take() -> str:
        text = line.getvalue()
        line.seek(0)
        line.truncate()
        return text

    writer.writerow([*columns, "counted", "why not"])
    yield ("\ufeff" if for_excel else "") + take()
    ordered = sorted(
        items.values(),
        key=lambda item: (forms.text(item, board.time or ""), forms.text(item, board.key[0])),
    )
    for item in ordered:
        cells = [forms.text(item, name) for name in columns]
        gift = forms.show(item)
        cells += ["no" if gift.reason else "yes", gift.reason]
        if for_excel:
            cells = [_defuse(cell) for cell in cells]
        writer.writerow(cells)
        yield take()


def _defuse(cell: str) -> str:
    if not cell.startswith(_FORMULA_STARTS):
        return cell
    number = cell.removeprefix("-").replace(".", "", 1)
    return cell if number.isdigit() else f"'{cell}"


def add_up(
    forms: GiftForms, items: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, Any], int]:
    """Return the totals by group (largest first), the total, and how many gifts are left out."""
    measures = forms.board.measures
    sums: dict[str, list[int]] = {}
    left_out = 0
    for item in items.values():
        try:
            contribution = forms.count(item)
        except FormError:
            left_out += 1
            continue
        if contribution is None:
            continue
        row = sums.setdefault(contribution.group, [0] * (1 + len(measures)))
        for place, value in enumerate((1, *contribution.values)):
            row[place] += value

    def describe(name: str, row: list[int]) -> dict[str, Any]:
        amounts = [format_amount(v, m.unit) for v, m in zip(row[1:], measures, strict=True)]
        return {"name": name, "count": row[0], "sums": amounts, "minors": row[1:]}

    ordered = sorted(sums.items(), key=lambda pair: (-pair[1][1], pair[0]))
    total = [sum(column) for column in zip(*sums.values(), strict=True)] or [0] * (
        1 + len(measures)
    )
    return [describe(name, row) for name, row in ordered], describe("ALL", total), left_out


def _describe_proof(snapshot: Mapping[str, Any], total: Mapping[str, Any], board: Board) -> str:
    """Return whether the display's total is the sum of the gifts, and when that was proven."""
    shown = snapshot.get("totals", {}).get("ALL", {})
    same = shown.get("count") == total["count"] and all(
        shown.get(measure.name) == minor
        for measure, minor in zip(board.measures, total["minors"], strict=True)
    )
    proven_at = snapshot.get("verified_at")
    if not same:
        return "The display shows another total at this moment: print this page again in a minute."
    proof = f" It was last proven against the table at {proven_at}." if proven_at else ""
    return f"The sum of all gifts is what the display shows.{proof}"


def _describe_facts(
    snapshot: Mapping[str, Any], screens: Mapping[str, int]
) -> list[tuple[str, str]]:
    now = datetime.now(UTC)
    facts = []
    for name, field in (
        ("Figures as of", "at"),
        ("Newest gift came", "created"),
        ("Last proven", "verified_at"),
    ):
        if at := snapshot.get(field):
            ago = now - datetime.fromisoformat(at)
            facts.append((name, f"{_describe_span(ago)} ago"))
    connected = ", ".join(f"{count} {kind}" for kind, count in sorted(screens.items()) if count)
    return [*facts, ("Screens connected", connected or "none")]


def _describe_span(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h"


def _list_rejected(board_desk: BoardDesk, items: Mapping[str, Any]) -> list[dict[str, str]]:
    forms = board_desk.require_forms()
    found = []
    for key, item in items.items():
        try:
            forms.count(item)
        except FormError as error:
            found.append({"key": key, "reason": str(error), "fix": ""})
    return found[:100]
