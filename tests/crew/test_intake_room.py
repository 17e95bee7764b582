"""`python -m crew` takes what providers send, and asks them, beside the crew's pages."""

import json
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from local.dynamodb import create_table
from tests.conftest import ROOT
from tests.crew.process import GOOD, run_crew
from tests.intake.donordrive_stand_in import DonorDrive
from tests.intake.senders import SENDERS
from tests.intake.stand_in import run_stand_in
from tests.waiting import wait_for

SOURCES = """
[sources.phone]
provider = "api"
board = "BOARD"
platform = "Phone"
secret = "PHONE_SECRET"

[sources.website]
provider = "stripe"
board = "BOARD"
platform = "Website"
secret = "STRIPE_SECRET"

[sources.walk]
provider = "donordrive"
board = "BOARD"
platform = "Walk"
url = "URL/api"
participant = 4024
"""


@pytest.fixture
def prepare(
    dynamodb: Any, redis_url: str, make_board: Callable[..., Board], tmp_path: Path
) -> Callable[..., dict[str, str]]:
    """Return a function that makes a board with sources, and returns the service's variables."""

    def prepare_(url: str) -> dict[str, str]:
        board = make_board(table=f"gifts-{tmp_path.name}")
        create_table(dynamodb, board)
        (tmp_path / "boards").mkdir()
        text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
        file = tmp_path / f"boards/{board.name}.toml"
        file.write_text(text.replace('"donations"', f'"{board.table}"'), "utf-8")
        path = tmp_path / "intake.toml"
        path.write_text(SOURCES.replace("BOARD", board.name).replace("URL", url), "utf-8")
        secrets = json.dumps({**GOOD, "PHONE_SECRET": SENDERS["api"].secret})
        return {
            "SECRETS": secrets,
            "INTAKE": str(path),
            "BOARDS": str(tmp_path / "boards"),
            "REDIS_URL": redis_url,
            "DYNAMODB_URL": dynamodb.meta.endpoint_url,
            "PUBLIC_URL": "https://live.example.org",
        }

    return prepare_


def read_platforms(dynamodb: Any, table: str) -> list[str]:
    items = dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
    return sorted(item["platform"]["S"] for item in items)


def test_it_takes_what_is_sent_and_finds_what_was_not(
    dynamodb: Any, prepare: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    listed = DonorDrive()
    listed.give(1, 10.0)
    table = f"gifts-{tmp_path.name}"
    with run_stand_in(listed.reply) as provider, run_crew(tmp_path, prepare(provider.url)) as crew:
        now = datetime.now(UTC)
        gift = {"id": "ph-1", "amount": "25", "currency": "USD", "donatedAt": int(now.timestamp())}
        body = json.dumps(gift).encode()
        headers = SENDERS["api"].sign(body, now)
        reply = crew.client.post("/in/phone", content=body, headers=headers)
        assert reply.json() == {"taken": 1, "changed": 1}
        assert crew.client.post("/in/phone", content=body).status_code == 401
        wait_for(lambda: read_platforms(dynamodb, table) == ["Phone", "Walk"])
        # A source without its secret is named, and the others are served.
        assert crew.client.post("/in/website", content=body).status_code == 404
        assert crew.says("STRIPE_SECRET, which is not set")
        assert crew.client.get("/crew/sign-in").is_success
        assert not crew.says(SENDERS["api"].secret)


def test_sigterm_ends_it_although_a_provider_has_not_answered(
    prepare: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    listed = DonorDrive()
    with run_stand_in(listed.reply) as provider:
        provider.trouble = lambda _: (provider.go_on.wait(60), listed.reply(provider.asked[-1]))[1]
        with run_crew(tmp_path, prepare(provider.url)) as crew:
            assert provider.was_asked.wait(20)
            crew.process.terminate()
            assert crew.process.wait(20) in (0, -signal.SIGTERM)
            assert not crew.says("Traceback")
        provider.go_on.set()
