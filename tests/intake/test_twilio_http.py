"""Over HTTP, Twilio's signature is of the address it was given, whatever a request says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from aggregates.board import Board
from intake.app import intake_routes
from intake.providers.twilio.signing import parse_form, sign_form
from tests.intake.polls import count_votes, make_poll
from tests.intake.sweeps import START, open_intake
from tests.intake.twilio_stand_in import ACCOUNT, PUBLIC_URL, TOKEN, Twilio

FIELDS = f"""
    [sources.sms]
    provider = "twilio"
    board = "gala"
    platform = "Text messages"
    secret = "TOKEN"
    account = "{ACCOUNT}"
    mode = "votes"
"""


@pytest.mark.parametrize(
    ("signed", "path", "status"),
    [
        ("/in/sms", "/in/sms", 200),
        ("/in/sms?fallback=a%20b&x=", "/in/sms?fallback=a%20b&x=", 200),
        # A slash counts: what stands in Twilio's console is signed.
        ("/in/sms/", "/in/sms/", 200),
        ("/in/sms", "/in/sms/", 401),
        ("/in/sms", "/in/sms?x=", 401),
        ("/in/sms?a=1", "/in/sms?a=%31", 401),
    ],
)
def test_the_address_is_the_configured_one(
    tmp_path: Path,
    dynamodb: Any,
    make_board: Callable[..., Board],
    signed: str,
    path: str,
    status: int,
) -> None:
    board = make_poll(dynamodb, make_board)
    environment = {"TOKEN": TOKEN, "PUBLIC_URL": PUBLIC_URL}
    intake = open_intake(tmp_path, FIELDS, board, dynamodb, environment)
    body = Twilio().send(1, "red", START).request().body
    signature = sign_form(TOKEN, PUBLIC_URL + signed, parse_form(body)).decode()
    headers = {
        "x-twilio-signature": signature,
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-forwarded-host": "evil.example.org",
        "x-forwarded-proto": "http",
    }
    app = Starlette(routes=intake_routes(intake, PUBLIC_URL))
    with TestClient(app, base_url="http://10.0.0.7") as client:
        answer = client.post(path, content=body, headers=headers)
    assert answer.status_code == status
    assert count_votes(dynamodb, board) == ({"RED": 1} if status == 200 else {})
    if status == 200:
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        assert "for RED is in" in answer.text
