"""What providers have sent lately is on the page of how it is, with what to look at."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from intake.errors import Forged
from intake.intake import Intake
from intake.request import Request
from intake.sources_file import load_sources
from intake.store import STATES_SUFFIX
from intake.tables import create_states
from local.intake.genuine import Gift, make_request
from tests.crew.office import Helper, Office

SECRET = "whsec_rehearsal"
NOW = datetime.now(UTC)


@pytest.fixture
def intake(office: Office, dynamodb: Any, tmp_path: Path) -> Intake:
    create_states(dynamodb, office.board.table + STATES_SUFFIX)
    file = tmp_path / "intake.toml"
    file.write_text(
        f'[sources.website]\nprovider = "stripe"\nboard = "{office.board.name}"\n'
        'platform = "Website"\nsecret = "SECRET"\n'
    )
    boards = {office.board.name: office.board}
    office.intake = Intake(load_sources(file, boards, {"SECRET": SECRET}), dynamodb)
    return office.intake


def send(intake: Intake, kind: str = "gift", secret: str = SECRET) -> None:
    sent = make_request("stripe", kind, GIFT, secret)
    intake.take("website", Request(sent.headers, sent.body, "", datetime.now(UTC)))


GIFT = Gift(
    name="a1",
    amount=Decimal(60),
    currency="USD",
    exponent=2,
    donor="",
    comment="",
    part=Decimal(60),
)


def read_text(helper: Helper) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", helper.get("state")).split())


def test_a_page_without_sources_has_no_table_of_them(ana: Helper) -> None:
    assert "Sources" not in read_text(ana)


def test_a_source_says_when_it_was_heard_and_how_much_it_changed(
    ana: Helper, intake: Intake
) -> None:
    assert "website Website never never 0" in read_text(ana)
    send(intake)
    assert "website Website 0 s ago never 1" in read_text(ana)


def test_a_wrong_secret_is_said_with_what_to_do(ana: Helper, intake: Intake) -> None:
    with pytest.raises(Forged):
        send(intake, secret="whsec_other")
    assert "Requests refused: 1. The secret may not be" in read_text(ana)


def test_a_webhook_that_no_longer_comes_is_noticed(ana: Helper, intake: Intake) -> None:
    send(intake)
    later = NOW + timedelta(hours=1)
    intake.heard.note_sweep("website", later, "", is_swept=True, found=2)
    assert "It is found by asking, but sends nothing: look at its webhook." in read_text(ana)


def test_a_provider_that_does_not_answer_is_said(ana: Helper, intake: Intake) -> None:
    intake.heard.note_sweep("website", NOW, "it answered 503", is_swept=False)
    assert "When it was last asked: it answered 503." in read_text(ana)


def test_what_counts_nothing_is_said_with_its_reason(ana: Helper, intake: Intake) -> None:
    assert "count nothing" not in read_text(ana)
    send(intake, "test")
    send(intake, "test")
    assert (
        "Messages that count nothing: 2. The last: test money, and the source is not for that."
        in read_text(ana)
    )
