"""Whatever a genuine message holds: it is read, ignored, or unreadable, and never an error."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregates.board import Board, Ticker
from aggregates.board_file import load_board
from intake.errors import Malformed, Unreadable
from intake.projection import Projection
from intake.providers.donordrive.rows import UNREADABLE, RowReader
from intake.providers.tiltify.donations import read_donation
from intake.request import DonationUpdate, Provider
from intake.source import Source, find_text_attributes
from intake.state_json import decode_state, encode_state
from tests.conftest import ROOT
from tests.intake import vectors
from tests.intake.events import make_tiltify_event, make_twitch_event
from tests.intake.senders import NOW, SENDERS, open_source
from tests.intake.stripe_events import (
    make_charge,
    make_dispute,
    make_event,
    make_refund,
    make_session,
)

BOARD: Board = replace(
    load_board(ROOT / "boards/fundraiser.toml"), ticker=Ticker(9, ("name", "comment"))
)
PROJECTION = Projection(
    Source("web", "x", BOARD, "Web", text_attributes=find_text_attributes(BOARD))
)
MESSAGES = {
    "stripe": [
        make_event("charge.succeeded", make_charge()),
        make_event("charge.captured", make_charge(currency="isk")),
        make_event("checkout.session.completed", make_session()),
        make_event("refund.updated", make_refund(currency="mga")),
        make_event("charge.dispute.closed", make_dispute()),
    ],
    "tiltify": [make_tiltify_event()],
    "twitch": [make_twitch_event(), {"challenge": "abc", "subscription": {}}],
    "api": [json.loads(vectors.API_BODIES[1]) | {"name": "A", "status": "pending", "version": 1}],
}

JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-(10**40), 10**40),
        st.floats(),
        st.text(),
        # As JSON can say it: halves of characters, too.
        st.text(st.characters(codec=None), max_size=20),
        st.sampled_from(
            ["USD", "isk", "succeeded", "paid", "won", "1e999999", "NaN", "-0", "２５"]
        ),
        st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "value", "key", "type", "text"]), inner, max_size=3),
    ),
    max_leaves=6,
)


def list_places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where the values of a message are."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in pairs:
        yield (*place, name)
        if isinstance(inner, dict | list):
            yield from list_places(inner, (*place, name))


@pytest.fixture(params=SENDERS, scope="module")
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def provider(name: str, tmp_path_factory: pytest.TempPathFactory) -> Provider:
    folder: Path = tmp_path_factory.mktemp(name)
    return open_source(folder, BOARD, name).provider


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_message_is_an_error(name: str, provider: Provider, data: Any) -> None:
    message = deepcopy(data.draw(st.sampled_from(MESSAGES[name])))
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(list(list_places(message))))
        inner = message
        for step in way:
            inner = inner[step]
        inner[last] = data.draw(JSON)
    body = json.dumps(message).encode()
    try:
        reading = provider.read(SENDERS[name].make(body))
    except (Unreadable, Malformed) as error:
        str(error).encode()
        return
    assert bool(reading.updates) != bool(reading.ignored)
    reading.ignored.encode()
    for update in reading.updates:
        assert isinstance(update, DonationUpdate)
        assert update.donation_id.isprintable()
        text = encode_state(update.state)
        # DynamoDB takes it, it comes back as it was, and it can be shown.
        assert decode_state(json.loads(json.dumps(text.encode().decode()))) == update.state
        item = PROJECTION.make(update.donation_id, update.state)
        assert item is None or json.dumps(item, ensure_ascii=False).encode()


@pytest.mark.parametrize("amount", ["1e999999", "-1E+9999999999999", "1e-999999999", "NaN", "[]"])
def test_a_row_of_a_list_that_is_rubbish_is_no_error(amount: str) -> None:
    """Else it would hold back all rows after it, at every reading."""
    at = '"2026-11-21T19:04:11.000+0000"'
    row = f'{{"donationID": "D1", "amount": {amount}, "createdDateUTC": {at}}}'
    read = RowReader("x", counts_fees=False).read(json.loads(row, parse_float=Decimal), "USD", NOW)
    assert (read.donation_id, read.problem) == ("donordrive:x:D1", UNREADABLE)
    given = f'{{"id": "t", "amount": {{"value": {amount}, "currency": "USD"}}, "created_at": {at}}}'
    with pytest.raises(Unreadable):
        read_donation(json.loads(given, parse_float=Decimal), NOW, is_look=True)
