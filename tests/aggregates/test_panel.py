"""The panels that reach screens are bounded and valid, whoever wrote the key or the message."""

import json
from typing import Any

import pytest

from aggregates.held_panels import (
    MAX_PANELS,
    HeldPanel,
    encode_panel_message,
    is_query_panel,
    list_fields,
    list_held,
    name_of_field,
    panels_key,
    read_panel_message,
)
from aggregates.message import MessageError
from aggregates.panel import MAX_PANEL_BYTES, decode_panel, encode_panel
from tests.aggregates.panels import make_panel


def test_what_the_service_keeps_is_read() -> None:
    panel = make_panel()
    text = encode_panel(panel)
    assert decode_panel(text) == decode_panel(text.encode()) == panel
    message = encode_panel_message("gala", text).encode()
    assert read_panel_message(message) == ("gala", text.encode())
    assert panels_key("gala") == "tally:{gala}:panels"
    assert list_fields("by-table") == ("by-table", "@by-table")
    assert {name_of_field(one.encode()) for one in list_fields("by-table")} == {"by-table"}


COLUMN = {"name": "n", "type": "number", "unit": "", "exponent": 0}
HOSTILE: dict[str, Any] = {
    "no JSON": "{",
    "brackets": "[" * 7_000,
    "a list": "[]",
    "not UTF-8": b"\xff",
    "too long": " " * (MAX_PANEL_BYTES + 1),
    "digits": '{"version": ' + "9" * 5_000 + "}",
    "markup as its name": {"name": "<script>"},
    "a property as its name": {"name": "__proto__"},
    "a long title": {"title": "x" * 81},
    "half a character": {"title": "\ud800"},
    "another kind": {"kind": "page"},
    "a state of the web app": {"state": "away"},
    "no columns": {"columns": []},
    "five columns": {"columns": [COLUMN] * 5, "rows": []},
    "a column that is a text": {"columns": ["total"] * 3},
    "an unknown type": {"columns": [COLUMN | {"type": "html"}], "rows": []},
    "no currency": {"columns": [COLUMN | {"unit": "usd"}], "rows": []},
    "too many decimals": {"columns": [COLUMN | {"exponent": 30}], "rows": []},
    "too many rows": {"columns": [COLUMN], "rows": [[1]] * 21},
    "a short row": {"rows": [["Table 7", 12]]},
    "a row that is a text": {"rows": ["abc"]},
    "a text in a number's place": {"rows": [["Table 7", "12", 1]]},
    "a number in a text's place": {"rows": [[7, 12, 1]]},
    "a truth": {"rows": [["Table 7", True, 1]]},
    "a fraction of a cent": {"rows": [["Table 7", 12, 1.5]]},
    "no number": {"rows": [["Table 7", float("nan"), 1]]},
    "without end": {"rows": [["Table 7", float("inf"), 1]]},
    "above 2^53": {"rows": [["Table 7", 2**53 + 1, 1]]},
    "a long text": {"rows": [["x" * 81, 12, 1]]},
    "an object": {"rows": [[{}, 12, 1]]},
    "no time": {"at": "now"},
    "a time without a zone": {"since": "2026-11-21T19:04:11"},
    "a negative version": {"version": -1},
}


def spoil(change: Any) -> bytes | str:
    """Return a panel's JSON with a change, or the text that stands instead of it."""
    if isinstance(change, bytes | str):
        return change
    return json.dumps(json.loads(encode_panel(make_panel())) | change)


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_a_panel_of_another_form_is_refused(change: Any) -> None:
    with pytest.raises(MessageError):
        decode_panel(spoil(change))


def test_a_panel_without_a_field_is_refused() -> None:
    whole = json.loads(encode_panel(make_panel()))
    for name in whole:
        with pytest.raises(MessageError, match=name):
            decode_panel(json.dumps({field: whole[field] for field in whole if field != name}))


@pytest.mark.parametrize(
    "data",
    [
        b'{"panel":',
        b'{"panel":7,"schema":2,"board":"gala"}',
        b'{"panel":"{}","schema":3,"board":"gala"}',
        b'{"panel":"{}","schema":2}',
        b'{"panel":"' + b"x" * 50_000 + b'"}',
    ],
)
def test_a_message_that_begins_as_a_panels_and_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        read_panel_message(data)


def test_other_messages_are_none_of_a_panel() -> None:
    """Also one of figures that has the word in it: only the beginning counts."""
    assert read_panel_message(b'{"schema":2,"board":"gala","totals":{"{\\"panel\\":":1}}') is None


def test_what_cannot_be_a_panel_of_the_key_is_left_out() -> None:
    fields = {b"by-table": b"{}", b"@by-table": b"1795287851000"}
    odd = {b"<b>": b"{}", b"@<b>": b"1", b"no-time": b"{}", b"odd": b"{}", b"@odd": b"1e9"}
    assert list_held(fields | odd) == {"by-table": HeldPanel(b"{}", 1_795_287_851_000)}
    many = {f"q{number}".encode(): b"{}" for number in range(30)}
    times = {b"@" + name: b"1" for name in many}
    assert len(list_held(many | times)) == MAX_PANELS


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("query-by-table", True),
        ("query-t2_x", True),
        ("query-", False),
        ("query-By", False),
        ("query-2", False),
        ("by-table", False),
        (f"query-{'x' * 64}", False),
    ],
)
def test_the_name_of_a_panel_tells_whether_it_is_a_stored_querys(name: str, expected: bool) -> None:
    assert is_query_panel(name) is expected
