"""Whoever has a secret and means harm: no answer but 200 and 400, no log or table that breaks.

A field of a genuine message, any of them, is taken out or made into something that it cannot be.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from intake.errors import Malformed
from intake.intake import Intake
from tests.intake.events import make_tiltify_event, make_twitch_event
from tests.intake.senders import ALL_SOURCES, SENDERS, open_sources
from tests.intake.stripe_events import (
    make_charge,
    make_dispute,
    make_event,
    make_refund,
    make_session,
)
from tests.intake.sweeps import read_table

_DONATION = {
    "id": "1",
    "amount": "5",
    "currency": "USD",
    "donatedAt": "2026-11-21T19:00:00Z",
    "name": "Ada",
    "comment": "Hi",
    "platform": "Desk",
    "version": 1,
    "status": "succeeded",
}
_GENUINE: dict[str, list[dict[str, Any]]] = {
    "api": [_DONATION, {"donations": [_DONATION, _DONATION]}],
    "stripe": [
        make_event("charge.succeeded", make_charge()),
        make_event("checkout.session.completed", make_session()),
        make_event("refund.created", make_refund()),
        make_event("charge.dispute.funds_withdrawn", make_dispute()),
    ],
    "tiltify": [make_tiltify_event()],
    "twitch": [make_twitch_event(), {"challenge": "abc", "subscription": {"type": "x"}}],
}
# As they stand in JSON: half a character, numbers of all sizes, text that is a command elsewhere.
_ODD = (
    "null",
    "true",
    "[]",
    "{}",
    '""',
    '" "',
    '"\\ud800"',
    '"\\u0000"',
    '"\\r\\nset-cookie: a=b"',
    '"\\u202e\\u2066gip.exe"',
    '"٢٥"',
    '"²"',
    '"ALL"',
    '"__proto__"',
    f'"{"x" * 70_000}"',
    "-1",
    "0",
    "1e400",
    "1e-400",
    "1e999999999999999999999",
    "-0.0",
    "NaN",
    "Infinity",
    "9" * 40,
    "9" * 4000,
    "9" * 5000,
    "253402300800",
    '"9999-12-31T23:59:59-23:59"',
    '"0001-01-01T00:00:00+23:59"',
    '"1e5"',
    '"5,00"',
    "[" * 5000,
)
_MARK = "\x01here\x01"


def change_each(message: Any) -> Iterator[Any]:
    """Yield copies of a message, each with a mark in the place of one of its values."""
    for path in _list_paths(message):
        copy = deepcopy(message)
        place = copy
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = _MARK
        yield copy


def _list_paths(value: Any) -> Iterator[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for name, member in members:
        yield (name,)
        if isinstance(member, (dict, list)):
            yield from ((name, *rest) for rest in _list_paths(member))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SENDERS)
def test_odd_values_in_genuine_messages_are_answered_and_break_nothing(
    name: str, dynamodb: Any, gala: Board, tmp_path: Path
) -> None:
    intake = Intake(open_sources(tmp_path, gala, ALL_SOURCES), dynamodb)
    heard = intake.heard.sources[name]
    refused = 0
    for message in _GENUINE[name]:
        for changed in change_each(message):
            text = json.dumps(changed)
            for odd in _ODD:
                body = text.replace(json.dumps(_MARK), odd).encode()
                try:
                    answer = intake.take(name, SENDERS[name].make(body))
                except Malformed as error:
                    assert name == "api"
                    said = str(error)
                    refused += 1
                else:
                    said = answer.body.decode()
                assert len(said) < 400
                assert said.replace("\n", "").isprintable()
                # The crew's page shows it.
                assert heard.ignored.isprintable()
    assert (refused > 0) == (name == "api")
    for item in read_table(dynamodb, gala.table):
        assert 0 < float(item.get("amount", {"N": "1"})["N"]) < 10**13
