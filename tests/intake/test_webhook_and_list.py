"""What webhooks have told and what a provider is asked for: beside each other, all counts once."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from aggregates.board import Board
from intake.intake import Intake
from intake.request import Request
from tests.intake.asked_providers import NOBODY, SINCE, Tiltify, list_events
from tests.intake.events import CAMPAIGN, make_tiltify_event
from tests.intake.provider_api import StandIn, run_stand_in
from tests.intake.senders import NOW, SENDERS, open_sources
from tests.intake.stripe_events import encode, tell_payment
from tests.intake.written import read_items

Open = Callable[[], Intake]


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with run_stand_in() as running:
        yield running


@pytest.fixture
def start(dynamodb: Any, gala: Board, tmp_path: Path, stand_in: StandIn) -> Open:
    """A function that starts the service, as after a crash."""
    text = (
        '[sources.stripe]\nprovider = "stripe"\nboard = "BOARD"\nplatform = "Web"\n'
        f'secret = "STRIPE"\napi_key = "KEY"\napi_url = "{stand_in.url}"\n'
        '[sources.tiltify]\nprovider = "tiltify"\nboard = "BOARD"\nplatform = "Tiltify"\n'
        'secret = "TILTIFY"\nclient_id = "ID"\nclient_secret = "CLIENT_SECRET"\n'
        f'campaign = "{CAMPAIGN}"\napi_url = "{stand_in.url}"\n'
    )
    keys = {"KEY": "rk_live_1", "ID": "client", "CLIENT_SECRET": "shh"}
    return lambda: Intake(open_sources(tmp_path, gala, text, **keys), dynamodb)


def sweep(intake: Intake, name: str, minutes: float = 0) -> int:
    """Ask a provider and write what it says; return how much of it was new."""
    sweeper = intake.sources[name].sweeper
    assert sweeper is not None
    updates = sweeper.sweep(SINCE, NOBODY, NOW + timedelta(minutes=minutes))
    return sum(intake.apply(name, update) for update in updates)


def read_cents(dynamodb: Any, board: Board) -> list[int]:
    return sorted(int(Decimal(item["amount"]["N"]) * 100) for item in read_items(dynamodb, board))


def test_what_stripe_could_not_deliver_is_asked_for_and_counts_once(
    start: Open, stand_in: StandIn, dynamodb: Any, gala: Board
) -> None:
    random = Random(3)
    payments = [tell_payment(random, number) for number in range(60)]
    events = [event for told, _ in payments for event in told]
    delivered = [event for event in events if random.random() < 0.5]
    names = {event["id"] for event in delivered}
    # While some of it is on its way it is listed, too.
    listed = [e for e in events if e["id"] not in names or random.random() < 0.2]
    stand_in.answer = list_events(listed[::-1], 100)
    intake = start()
    random.shuffle(delivered)
    for event in delivered[: len(delivered) // 2]:
        intake.take("stripe", SENDERS["stripe"].make(encode(event)))
    assert sweep(intake, "stripe")
    intake = start()
    for event in delivered[len(delivered) // 2 :]:
        intake.take("stripe", SENDERS["stripe"].make(encode(event)))
    assert sweep(intake, "stripe") == 0
    assert read_cents(dynamodb, gala) == sorted(left for _, left in payments if left)


def test_tiltifys_list_and_webhooks_end_in_the_newest_whatever_was_lost(
    start: Open, stand_in: StandIn, dynamodb: Any, gala: Board
) -> None:
    random = Random(4)
    rows: dict[str, dict[str, Any]] = {}
    api = Tiltify([], page=7)
    stand_in.answer = api.answer
    intake, requests = start(), []
    for minute in range(1, 9):
        # A minute of gifts and corrections, of which half of the webhooks are lost or late.
        for _ in range(12):
            number = random.randrange(30)
            value = f"{Decimal(random.randrange(1, 100_000)).scaleb(-2)}"
            event = make_tiltify_event(
                id=f"don-{number}", amount={"currency": "USD", "value": value}
            )
            at = NOW + timedelta(minutes=minute, microseconds=-random.randrange(1, 10**7))
            if f"don-{number}" in rows and rows[f"don-{number}"]["at"] > at:
                continue
            event["meta"]["generated_at"] = at.isoformat()
            rows[f"don-{number}"] = event["data"] | {"at": at}
            body = json.dumps(event).encode()
            requests.append(SENDERS["tiltify"].make(body))
        random.shuffle(requests)
        for request in requests[: len(requests) // 2]:
            intake.take("tiltify", request)
        api.rows = [
            {name: value for name, value in row.items() if name != "at"} for row in rows.values()
        ]
        sweep(intake, "tiltify", minute)
        expected = sorted(int(Decimal(row["amount"]["value"]) * 100) for row in rows.values())
        assert read_cents(dynamodb, gala) == expected
        # Asked once more, later, it has nothing new, and what is late changes nothing.
        assert sweep(intake, "tiltify", minute + 0.1) == 0
    late: list[Request] = requests
    for request in late:
        intake.take("tiltify", request)
    assert read_cents(dynamodb, gala) == expected
