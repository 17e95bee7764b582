"""A panel as the service of SQL keeps it."""

from typing import Any

from aggregates.held_panels import list_fields
from aggregates.panel import Panel, PanelColumn, encode_panel

AT = "2026-11-21T19:04:11.218Z"


def make_panel(**changes: Any) -> Panel:
    """Return the panel `by-table` of two rows, with `changes`."""
    usual: dict[str, Any] = {
        "name": "by-table",
        "title": "Gifts by table",
        "kind": "table",
        "columns": (
            PanelColumn("table", "text"),
            PanelColumn("gifts", "number"),
            PanelColumn("total", "amount", "USD", 2),
        ),
        "rows": (("Table 7", 12, 180_050), (None, 1.5, None)),
        "state": "live",
        "since": AT,
        "version": 7,
        "at": AT,
    }
    return Panel(**usual | changes)


def hold_panels(*panels: Panel, renewed_ms: int = 1) -> dict[Any, Any]:
    """Return the fields of a board's key, as bytes, that has the panels."""
    found = {}
    for panel in panels:
        text, renewed = list_fields(panel.name)
        found[text.encode()] = encode_panel(panel).encode()
        found[renewed.encode()] = str(renewed_ms).encode()
    return found
