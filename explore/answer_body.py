"""Writes an answer as JSON or CSV."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from donations.cell import defuse
from explore.answers import Answer, Column, State
from explore.results import Result
from explore.versions import Version

JSON_TYPE = "application/json"
CSV_TYPE = "text/csv; charset=utf-8"
# Of these a cell is a number or a time, and never a formula.
_PLAIN = ("BIGINT", "BOOLEAN", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "INTEGER", "SMALL")


def write_json(result: Result) -> bytes:
    """Return the answer as docs/explore.md has it: a row is an object."""
    answer = result.answer
    names = name_columns(answer.columns)
    body = {
        "columns": [
            {"name": name, "type": column.type}
            for name, column in zip(names, answer.columns, strict=True)
        ],
        "results": [dict(zip(names, row, strict=True)) for row in answer.rows],
        "rows": len(answer.rows),
        "truncated": answer.truncated,
        "warnings": answer.warnings,
        "stats": {
            "elapsed_ms": answer.elapsed_ms,
            "queued_ms": result.queued_ms,
            "cached": result.is_cached,
        },
        "status": {
            **tell_status(answer.state, answer.version),
            "created": result.created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        },
    }
    return encode(body)


def write_csv(answer: Answer) -> bytes:
    """Return the answer as CSV in UTF-8: a line of names, then the rows; NULL is empty.

    A text that a spreadsheet would take for a formula gets an apostrophe in front: a donor's name
    must not run on somebody's machine.
    """
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow([defuse(name) for name in name_columns(answer.columns)])
    plain = [column.type.startswith(_PLAIN) for column in answer.columns]
    for row in answer.rows:
        writer.writerow(
            [_write_cell(value, is_plain) for value, is_plain in zip(row, plain, strict=True)]
        )
    return lines.getvalue().encode("utf-8", "replace")


def csv_headers(result: Result, name: str) -> dict[str, str]:
    """Return headers with what the rows do not say."""
    answer = result.answer
    return {
        "content-disposition": f'attachment; filename="{name}.csv"',
        "x-truncated": "true" if answer.truncated else "false",
        "x-state": answer.state,
        "x-version": str(answer.version),
    }


def tell_status(state: State, version: int) -> dict[str, Any]:
    """Return the state of the data: `live`, or `loading` while rows may be missing or old."""
    return {"state": state, "version": version}


def name_state(version: Version) -> State:
    """Return the state's name."""
    return "live" if version.is_live else "loading"


def name_columns(columns: Sequence[Column]) -> list[str]:
    """Return the columns' names, each once: in an object, one would hide the other."""
    names: list[str] = []
    taken = {column.name for column in columns}
    for column in columns:
        name, number = column.name, 1
        while name in names:
            number += 1
            name = f"{column.name}_{number}"
            if name in taken:
                name = column.name
        names.append(name)
    return names


def encode(body: object) -> bytes:
    """Return JSON in UTF-8. Half of a surrogate pair, which UTF-8 cannot have, becomes a mark."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _write_cell(value: object, is_plain: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return defuse(json.dumps(value, ensure_ascii=False))
    return str(value) if is_plain or not isinstance(value, str) else defuse(value)
