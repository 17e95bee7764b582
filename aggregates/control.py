"""What the crew makes a board's screens show: the crew's page writes it, the web app sends it."""

import json
import re
from datetime import datetime
from typing import Any, NamedTuple

from aggregates.message import MAX_MESSAGE_BYTES, MessageError
from aggregates.schema import SCHEMA

MAX_PIN_CHARACTERS = 140
# Longer text was not written by the crew's page.
MAX_CONTROL_BYTES = 8_000
_MAX_PANELS = 20
# One of the display's own, or `query-` and the name of a stored query.
_PANEL = re.compile(r"[a-z][a-z0-9_-]{0,68}", re.ASCII)
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


class Pulse(NamedTuple):
    """An order that each screen carries out once: `id` identifies it, `at` is when it was given."""

    id: str
    at: str


class Control(NamedTuple):
    """What the screens show: `pin` is a message, shown until `pin_until` (None: until removed).

    With `panels` None each screen shows the panels that its address asks for. `celebrate` is a test
    celebration, `reload` a reload of the page.
    """

    pin: str = ""
    pin_until: str | None = None
    panels: tuple[str, ...] | None = None
    celebrate: Pulse | None = None
    reload: Pulse | None = None

    def json(self) -> dict[str, Any]:
        """Return the JSON of the event `control`: `docs/protocol.md`."""
        fields = self._asdict()
        for name in ("celebrate", "reload"):
            pulse: Pulse | None = fields[name]
            fields[name] = pulse and pulse._asdict()
        return fields


NO_CONTROL = Control()


def control_key(board: str) -> str:
    """Return the key of a board's control, such as `tally:{fundraiser}:control`."""
    return f"tally:{{{board}}}:control"


def encode_control(control: Control) -> str:
    """Return the text to store under the control key."""
    return json.dumps(control._asdict(), ensure_ascii=False)


def encode_control_message(board: str, text: str) -> str:
    """Return the message that announces a board's control; `text` is the key's text."""
    return json.dumps({"schema": SCHEMA, "board": board, "control": text})


def read_control_message(data: bytes | str) -> tuple[str, Control] | None:
    """Return the board and the control of a control message; None for any other message.

    Raises `MessageError` for a control message of another schema.
    """
    # Most messages are figures; their own reader parses them, so they are not parsed here.
    if len(data) > min(MAX_MESSAGE_BYTES, 4 * MAX_CONTROL_BYTES):
        return None
    mark = b'"control"' if isinstance(data, bytes) else '"control"'
    if mark not in data:  # type: ignore[operator]
        return None
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or not isinstance(fields.get("control"), str):
        return None
    if fields.get("schema") != SCHEMA:
        raise MessageError(f"schema of a control message is not {SCHEMA}")
    return str(fields.get("board")), decode_control(fields["control"])


def decode_control(text: object) -> Control:
    """Return the control from the key's text; `NO_CONTROL` if the text cannot be read.

    A part that cannot be used is left out; the others stay.
    """
    if not isinstance(text, str | bytes) or len(text) > MAX_CONTROL_BYTES:
        return NO_CONTROL
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return NO_CONTROL
    if not isinstance(fields, dict):
        return NO_CONTROL
    pin, until = fields.get("pin"), fields.get("pin_until")
    is_text = isinstance(pin, str) and _is_text(pin) and len(pin) <= MAX_PIN_CHARACTERS
    # A message whose end cannot be read would stay forever.
    text = str(pin).strip() if is_text and _is_end(until) else ""
    return Control(
        pin=text,
        pin_until=until if text else None,
        panels=_read_panels(fields.get("panels")),
        celebrate=_read_pulse(fields.get("celebrate")),
        reload=_read_pulse(fields.get("reload")),
    )


def _is_end(until: object) -> bool:
    """Return whether an end is a time or None."""
    return until is None or _is_time(until)


def _is_text(value: Any) -> bool:
    """Return whether a value is text that can be sent: text with lone surrogates cannot."""
    return isinstance(value, str) and not any("\ud800" <= one <= "\udfff" for one in value)


def _is_time(value: object) -> bool:
    if not isinstance(value, str) or len(value) > 40:
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _read_panels(value: Any) -> tuple[str, ...] | None:
    if not isinstance(value, list) or len(value) > _MAX_PANELS:
        return None
    names = [one for one in value if isinstance(one, str) and _PANEL.fullmatch(one)]
    # With no panel at all a screen would be empty.
    return tuple(dict.fromkeys(names)) or None


def _read_pulse(value: Any) -> Pulse | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    id_, at = value
    if not isinstance(id_, str) or not _ID.fullmatch(id_) or not _is_time(at):
        return None
    return Pulse(id_, at)
