"""The control that reaches screens is bounded and valid, whoever wrote the key."""

import json
from typing import Any

import pytest

from aggregates.control import (
    NO_CONTROL,
    Control,
    Pulse,
    control_key,
    decode_control,
    encode_control_message,
    read_control_message,
)
from aggregates.message import MessageError

AT = "2026-11-21T19:04:11.218Z"


def test_what_the_crew_writes_is_read() -> None:
    text = json.dumps(
        {
            "pin": "Raffle at nine",
            "pin_until": AT,
            "panels": ["total", "query-by-table-2"],
            "celebrate": ["a1", AT],
            "reload": None,
        }
    )
    control = Control("Raffle at nine", AT, ("total", "query-by-table-2"), Pulse("a1", AT), None)
    assert decode_control(text) == decode_control(text.encode()) == control
    message = encode_control_message("gala", text)
    assert read_control_message(message.encode()) == ("gala", control)
    assert control.json()["celebrate"] == {"id": "a1", "at": AT}
    assert control_key("gala") == "tally:{gala}:control"


NONSENSE: list[Any] = [
    None,
    "",
    "{",
    "[" * 7_000,
    "7",
    "[]",
    b"\xff",
    " " * 9_000,
    7,
    ValueError("WRONGTYPE"),
]


@pytest.mark.parametrize("text", NONSENSE, ids=range(len(NONSENSE)))
def test_an_invalid_text_is_no_control(text: Any) -> None:
    assert decode_control(text) == NO_CONTROL


@pytest.mark.parametrize(
    "fields",
    [
        {"pin": 7},
        {"pin": "x" * 141},
        {"pin": "\ud800"},
        {"pin": "forever", "pin_until": "tomorrow"},
        {"pin": "forever", "pin_until": "2026-11-21T19:04:11"},
        {"pin": "   ", "pin_until": AT},
        {"panels": "total"},
        {"panels": []},
        {"panels": ["<script>", 7]},
        {"panels": ["x" * 70, "-total", "7"]},
        {"panels": ["total"] * 21},
        {"celebrate": "a1"},
        {"celebrate": ["a1"]},
        {"celebrate": [7, AT]},
        {"celebrate": ["a" * 65, AT]},
        {"reload": ["a1", "now"]},
    ],
)
def test_a_part_that_cannot_be_used_is_left_out_and_the_others_stay(fields: Any) -> None:
    assert decode_control(json.dumps(fields)) == NO_CONTROL
    whole = {"pin": "hello", "panels": ["total"], "celebrate": ["a1", AT], "reload": ["b", AT]}
    told = decode_control(json.dumps(whole | fields))
    usual = decode_control(json.dumps(whole))
    names = {"pin"} if "pin" in fields else set(fields)
    assert all(getattr(told, name) == getattr(usual, name) for name in whole.keys() - names)


def test_messages_of_figures_are_not_control_messages() -> None:
    assert read_control_message('{"schema": 2, "board": "gala", "totals": {}}') is None
    assert read_control_message('{"schema": 2, "totals": {"control": {"count": 1}}}') is None
    assert read_control_message("[" * 200_000) is None
    assert read_control_message('{"control": ') is None
    with pytest.raises(MessageError):
        read_control_message('{"schema": 1, "board": "gala", "control": "{}"}')
