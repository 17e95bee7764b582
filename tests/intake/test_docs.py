"""docs/intake.md says what is so: its examples are run."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from aggregates.board_file import load_board
from intake.app import MAX_BODY_BYTES
from intake.intake import Intake
from intake.payload import MAX_TEXT_CHARACTERS
from intake.providers.stripe.events import EVENT_TYPES
from intake.signature import TOLERANCE_SECONDS
from intake.source import _TEXT_NAMES
from tests.conftest import ROOT
from tests.intake.senders import SENDERS, open_sources
from tests.intake.served import serve_intake

TEXT = (ROOT / "docs/intake.md").read_text("utf-8")
BOARD = load_board(ROOT / "boards/fundraiser.toml")
EXAMPLES = [text for text in re.findall(r"(?s)```toml\n(.*?) *```", TEXT) if "[sources." in text]
VARIABLES = {
    "PHONE_SECRET": SENDERS["api"].secret,
    "STRIPE_WEBHOOK_SECRET": "whsec_x",
    "STRIPE_API_KEY": "rk_live_x",
    "TILTIFY_SIGNING_ID": "x",
    "TWITCH_SECRET": "x" * 64,
    "TILTIFY_CLIENT_ID": "x",
    "TILTIFY_CLIENT_SECRET": "x",
}
MINE = [text for text in EXAMPLES if re.search('provider = "(api|stripe|tiltify|twitch)"', text)]


def test_there_are_examples() -> None:
    assert len(MINE) == 5


@pytest.mark.parametrize("text", MINE)
def test_an_example_can_be_used(text: str, tmp_path: Path) -> None:
    sources = open_sources(tmp_path, BOARD, text.replace('"gala"\n', '"BOARD"\n'), **VARIABLES)
    assert sources.keys() == tomllib.loads(text)["sources"].keys()


def test_the_events_of_stripe_are_those_that_are_read() -> None:
    listed = TEXT.partition("<!-- events -->")[2].partition("`charge.refunded`")[0]
    assert re.findall(r"`([a-z_.]+)`", listed) == list(EVENT_TYPES)


def test_numbers_and_names_are_those_of_the_code() -> None:
    assert f"larger than {MAX_BODY_BYTES // 1024} KB" in TEXT
    assert f"more than {TOLERANCE_SECONDS // 60} minutes" in TEXT
    assert f"At most {MAX_TEXT_CHARACTERS} characters" in TEXT
    for names in _TEXT_NAMES.values():
        assert all(f"`{name}`" in TEXT for name in names)


def test_the_sender_of_the_page_sends(dynamodb: Any, gala: Board, tmp_path: Path) -> None:
    source = '[sources.phone]\nprovider = "api"\nboard = "BOARD"\nplatform = "P"\nsecret = "API"\n'
    intake = Intake(open_sources(tmp_path, gala, source), dynamodb)
    [code] = re.findall(r"(?s)```python\n(.*?)```", TEXT)
    with serve_intake(intake, clock=lambda: datetime.now(UTC)) as served:
        code = code.replace("whsec_…", SENDERS["api"].secret)
        code = code.replace("https://live.example.org", f"http://127.0.0.1:{served.port}")
        place: dict[str, Any] = {}
        exec(code, place)
        donation = {"id": "ph-0001", "amount": 25, "currency": "USD", "donatedAt": 1795287851}
        assert place["send"](donation) == {"taken": 1, "changed": 0}
        assert place["send"](donation | {"id": "ph-2"}) == {"taken": 1, "changed": 1}
