"""The signed API: what a program may say of donations, and what it is told where that is wrong."""

import json
from functools import reduce
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from aggregates.board_file import load_board
from intake.donation_state import DonationState, join
from intake.errors import Malformed, SourceError
from intake.request import DonationUpdate, Reading
from tests.conftest import ROOT
from tests.intake import vectors
from tests.intake.senders import SENDERS, open_source, open_sources

BOARD: Board = load_board(ROOT / "boards/fundraiser.toml")


def make(**changes: Any) -> dict[str, Any]:
    donation = {
        "id": "ph-1",
        "amount": "25.00",
        "currency": "USD",
        "donatedAt": "2026-11-21T19:04:11Z",
        "name": "Ada",
    }
    return donation | changes


@pytest.fixture
def read(tmp_path: Path) -> Any:
    provider = open_source(tmp_path, BOARD, "api").provider

    def read_(payload: Any) -> Reading:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return provider.read(SENDERS["api"].make(body))

    return read_


def join_all(read: Any, *donations: dict[str, Any]) -> DonationState:
    states: list[DonationState] = [read(donation).updates[0].state for donation in donations]
    return reduce(join, states)


def test_the_example_of_the_documentation_is_a_donation(read: Any) -> None:
    [update] = read(vectors.API_BODIES[1]).updates
    assert isinstance(update, DonationUpdate)
    assert update.donation_id == "api:web:ph-0001"
    assert update.state.net_minor == 2500


@pytest.mark.parametrize("amount", ["25.00", "25", 25, 25.0, "25.0"])
def test_amounts_are_text_or_numbers_and_exact(read: Any, amount: Any) -> None:
    assert join_all(read, make(amount=amount)).net_minor == 2500


def test_a_list_is_all_taken_or_all_refused(read: Any) -> None:
    reading = read({"donations": [make(id="a"), make(id="b")]})
    assert [update.donation_id for update in reading.updates] == ["api:web:a", "api:web:b"]
    assert json.loads(reading.answer([True, False]).body) == {"taken": 2, "changed": 1}
    with pytest.raises(Malformed):
        read({"donations": [make(id="a"), make(id="b", amount="x")]})


def test_a_higher_version_corrects_and_a_withdrawn_one_is_gone(read: Any) -> None:
    first, second = make(), make(version=2, amount="10.00", name="")
    for order in permutations([first, second, first]):
        state = join_all(read, *order)
        assert (state.net_minor, state.texts["name"].value) == (1000, "")
    gone = make(status="withdrawn")
    for order in permutations([first, gone, first]):
        assert join_all(read, *order).net_minor == 0
    assert join_all(read, make(status="pending")).net_minor == 0


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"id": ' + b"9" * 5000 + b"}",
        {},
        {"donations": []},
        {"donations": {"id": "x"}},
        {"donations": [7]},
        {"donations": [make()] * 501},
        make(id=None),
        make(id=""),
        make(id="x" * 201),
        make(id="a\nb"),
        make(id={"S": "a"}),
        make(id=True),
        make(amount="25.001"),
        make(amount="-1"),
        make(amount="1e30"),
        make(amount=True),
        make(amount=None),
        make(amount="Infinity"),
        b'{"id": "a", "amount": NaN, "currency": "USD", "donatedAt": 1795287852}',
        make(currency="DOLLAR"),
        make(currency=None),
        make(donatedAt="2026-11-21T19:04:11"),
        make(donatedAt=10**30),
        make(donatedAt="9999-12-31T23:59:59-14:00"),
        make(status="paid"),
        make(donatedAt="9999-12-31T23:59:59Z"),
        make(donatedAt="2026-11-23T00:00:00Z"),
        make(donatedAt="1969-12-31T23:59:59Z"),
        make(donatedAt=1795287851000),
        make(status=["succeeded"]),
        make(status=0),
        make(status=""),
        make(status=False),
        make(version=False),
        make(version=""),
        make(platform=" ALL "),
        b'{"id": "a", "amount": 5, "currency": "USD", "donatedAt": 1795287852, "amount": 500}',
        make(version=-1),
        make(version=1.5),
        make(version="2"),
        make(version=True),
    ],
)
def test_what_is_wrong_is_told_to_who_can_correct_it(read: Any, payload: Any) -> None:
    with pytest.raises(Malformed):
        read(payload)


@pytest.mark.parametrize("secret", ["", "plain", "whsec_", "whsec_QUJD", "whsec_ÄÄ", "whsec_a b"])
def test_a_secret_that_is_none_is_refused_at_the_start(tmp_path: Path, secret: str) -> None:
    text = '[sources.web]\nprovider = "api"\nboard = "BOARD"\nplatform = "W"\nsecret = "SECRET"\n'
    with pytest.raises(SourceError, match="secret"):
        open_sources(tmp_path, BOARD, text, SECRET=secret)
