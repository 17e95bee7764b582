"""Export every gift as a file: CSV for programs, a workbook for people."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from crew.columns import list_columns, sort_rows, tell_counted
from crew.desk import Desk, in_thread
from crew.gifts import Gifts, Row
from crew.pages import HEADERS, Pages
from crew.workbook import write_workbook
from donations.cell import defuse

_ROWS_AT_A_STRETCH = 500
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def exporting_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes of the export page and its files."""

    async def show(request: Request) -> Response:
        return pages.show(request, "export.html", desk.choose(request).board)

    async def export_csv(request: Request) -> Response:
        board_desk = desk.choose(request)
        rows = await in_thread(board_desk.index.read_now)
        return StreamingResponse(
            write_csv(board_desk.gifts, rows),
            headers=_name_file(board_desk.board.name, "csv"),
            media_type="text/csv; charset=utf-8",
        )

    async def export_workbook(request: Request) -> Response:
        board_desk = desk.choose(request)
        rows = await in_thread(board_desk.index.read_now)
        entries = await in_thread(board_desk.journal.read_all)
        data = await in_thread(write_workbook, board_desk.gifts, sort_rows(rows), entries)
        headers = _name_file(board_desk.board.name, "xlsx")
        return Response(data, headers=headers, media_type=_WORKBOOK)

    require = desk.access.require
    return [
        Route("/export", require(show), methods=["GET"]),
        Route("/export.csv", require(export_csv), methods=["GET"]),
        Route("/export.xlsx", require(export_workbook), methods=["GET"]),
    ]


def write_csv(gifts: Gifts, rows: Sequence[Row]) -> Iterator[bytes]:
    """Yield a CSV of all gifts, every attribute a column, oldest first, in UTF-8.

    A text that a spreadsheet would take for a formula gets an apostrophe in front: a donor's name
    must not run on the treasurer's machine.
    """
    columns = list_columns(gifts, rows)
    lines = io.StringIO()
    writer = csv.writer(lines)

    def take() -> bytes:
        text = lines.getvalue()
        lines.seek(0)
        lines.truncate()
        return text.encode("utf-8", "replace")

    writer.writerow([*map(defuse, columns), "counted", "why not"])
    for number, row in enumerate(sort_rows(rows), 1):
        cells = [gifts.text(row.item, name) for name in columns]
        writer.writerow([defuse(cell) for cell in (*cells, *tell_counted(gifts, row))])
        if number % _ROWS_AT_A_STRETCH == 0:
            yield take()
    yield take()


def _name_file(board: str, ending: str) -> dict[str, Any]:
    name = f"{board}-{datetime.now(UTC):%Y-%m-%d-%H%M}.{ending}"
    return HEADERS | {"content-disposition": f'attachment; filename="{name}"'}
