"""The panels of a board in Redis, and the message that announces one."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from aggregates.board_name import NAME
from aggregates.fields import MessageError, load_object, read_field, read_text
from aggregates.panel import MAX_PANEL_BYTES
from aggregates.schema import SCHEMA

# What is in front of a stored query's name where panels are named: addresses, the crew's page.
PREFIX = "query-"
MAX_PANELS = 8
# An answer that nobody has renewed for so long is not live any more.
STALE_SECONDS = 15.0
# In the hash, the time of a panel's renewal has this in front of the panel's name.
_RENEWED = "@"
# With this a message begins, so that others are not parsed for it.
_START = b'{"panel":'


class HeldPanel(NamedTuple):
    """A panel as Redis holds it: its JSON, not read yet, and when that was last known to be right.

    `renewed_ms` is by Redis' clock.
    """

    text: bytes
    renewed_ms: int


def is_query_panel(name: str) -> bool:
    """Return whether a panel's name can be that of a stored query, such as `query-by-table`."""
    return name.startswith(PREFIX) and NAME.fullmatch(name.removeprefix(PREFIX)) is not None


def panels_key(board: str) -> str:
    """Return the key of a board's panels, such as `tally:{fundraiser}:panels`."""
    return f"tally:{{{board}}}:panels"


def encode_panel_message(board: str, text: str) -> str:
    """Return the message that announces a panel; `text` is what is stored."""
    # The text comes first: readers tell the message by its beginning.
    message = {"panel": text, "schema": SCHEMA, "board": board}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def read_panel_message(data: bytes) -> tuple[str, bytes] | None:
    """Return the board and the text of a panel's message; None for any other message.

    Raises `MessageError`.
    """
    if not data.startswith(_START):
        return None
    # In JSON, a character of the text may need six.
    if len(data) > 6 * MAX_PANEL_BYTES:
        raise MessageError(f"a panel's message has {len(data):,} bytes")
    fields = load_object(data, "a panel's message")
    if fields.get("schema") != SCHEMA:
        raise MessageError(f"schema of a panel's message is not {SCHEMA}")
    return read_text(fields, "board"), read_field(fields, "panel", str).encode()


def list_held(fields: Mapping[bytes, bytes]) -> dict[str, HeldPanel]:
    """Return a board's panels by name from the fields of its key; what is none is left out."""
    found: dict[str, HeldPanel] = {}
    for field, text in sorted(fields.items()):
        name = field.decode("ascii", "replace")
        renewed = fields.get(f"{_RENEWED}{name}".encode(), b"")
        if NAME.fullmatch(name) and len(found) < MAX_PANELS and renewed.isdigit():
            found[name] = HeldPanel(text, int(renewed[:20]))
    return found


def list_fields(name: str) -> tuple[str, str]:
    """Return the fields of a panel in its board's key: its text, and the time of its renewal."""
    return name, f"{_RENEWED}{name}"


def name_of_field(field: bytes) -> str:
    """Return the panel that a field of the key belongs to."""
    return field.decode("utf-8", "replace").removeprefix(_RENEWED)
