"""Whatever order a provider's messages come in, and how often: the table ends in its truth."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from aggregates.board import Board
from intake.intake import Intake
from intake.store import STATES_SUFFIX
from intake.tables import create_states
from local.dynamodb import create_table
from tests.intake.events import make_tiltify_event, make_twitch_event
from tests.intake.senders import ALL_SOURCES, SENDERS, open_sources
from tests.intake.stripe_events import encode, make_charge, make_event, tell_payment
from tests.intake.tellers import TELLERS
from tests.intake.written import read_items


@pytest.fixture
def intake(dynamodb: Any, gala: Board, tmp_path: Path) -> Intake:
    return Intake(open_sources(tmp_path, gala, ALL_SOURCES), dynamodb)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", TELLERS)
@pytest.mark.parametrize("seed", range(2))
def test_random_histories_shuffled_and_repeated_end_in_the_providers_truth(
    name: str, seed: int, intake: Intake, dynamodb: Any, gala: Board
) -> None:
    random = Random(f"{name} {seed}")
    histories = [TELLERS[name](random, number) for number in range(50)]
    bodies = [body for told, _ in histories for body in told]
    bodies += random.choices(bodies, k=len(bodies) // 2)
    random.shuffle(bodies)
    requests = [SENDERS[name].make(body) for body in bodies]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda request: intake.take(name, request), requests))
    items = list(read_items(dynamodb, gala))
    counted = sorted(int(Decimal(item["amount"]["N"]) * 100) for item in items)
    assert counted == sorted(left for _, left in histories if left)
    assert {item["platform"]["S"] for item in items} == {name}
    counts = intake.heard.sources[name].counts
    assert counts["unreadable"] == counts["malformed"] == 0
    # The same once more is known.
    changed = counts["changed"]
    for request in requests[:50]:
        intake.take(name, request)
    assert counts["changed"] == changed


def test_two_sources_of_one_account_keep_their_platforms(
    dynamodb: Any, gala: Board, tmp_path: Path
) -> None:
    text = "".join(
        f'[sources.{name}]\nprovider = "stripe"\nboard = "BOARD"\nplatform = "{name}"\n'
        f'secret = "STRIPE"\npayment_links = ["plink_{name}"]\n'
        for name in ("web", "phone", "shop")
    )
    intake = Intake(open_sources(tmp_path, gala, text), dynamodb)
    random, expected = Random(5), []
    deliveries = []
    for number in range(40):
        events, left = tell_payment(random, number)
        link = random.choice(["web", "phone", "elsewhere"])
        is_ours = link != "elsewhere" and any("checkout" in event["type"] for event in events)
        expected += [(link, left)] if is_ours and left else []
        for event in events:
            if "checkout" in event["type"]:
                event["data"]["object"]["payment_link"] = f"plink_{link}"
            # Stripe sends each event to each of the account's endpoints.
            deliveries += [(name, encode(event)) for name in ("web", "phone", "shop")]
    random.shuffle(deliveries)
    for name, body in deliveries:
        intake.take(name, SENDERS["stripe"].make(body))
    items = list(read_items(dynamodb, gala))
    counted = [(i["platform"]["S"], int(Decimal(i["amount"]["N"]) * 100)) for i in items]
    assert sorted(counted) == sorted(expected)


def test_the_same_id_at_several_sources_is_as_many_donations(
    intake: Intake, dynamodb: Any, gala: Board, tmp_path: Path
) -> None:
    told = {"id": "1", "amount": "5", "currency": "USD", "donatedAt": "2026-11-21T19:00:00Z"}
    bodies = {
        "api": json.dumps(told).encode(),
        "tiltify": json.dumps(make_tiltify_event(id="1")).encode(),
        "twitch": json.dumps(make_twitch_event(id="1")).encode(),
        "stripe": encode(make_event("charge.succeeded", make_charge(id="1", payment_intent=None))),
    }
    # Two programs that number their donations, each from 1.
    text = "".join(
        f'[sources.{name}]\nprovider = "api"\nboard = "BOARD"\nplatform = "P"\nsecret = "API"\n'
        for name in ("phone", "desk")
    )
    programs = Intake(open_sources(tmp_path, gala, text), dynamodb)
    for _ in range(2):
        for name, body in bodies.items():
            intake.take(name, SENDERS[name].make(body))
        for name in ("phone", "desk"):
            programs.take(name, SENDERS["api"].make(bodies["api"]))
    names = {item["donationId"]["S"] for item in read_items(dynamodb, gala)}
    assert names == {"api:api:1", "api:phone:1", "api:desk:1", "tiltify:1", "twitch:1", "stripe:1"}


def test_what_the_board_does_not_ask_for_of_a_donor_is_stored_nowhere(
    dynamodb: Any, make_board: Callable[..., Board], tmp_path: Path
) -> None:
    board = make_board(table=make_board().name)
    create_table(dynamodb, board)
    create_states(dynamodb, board.table + STATES_SUFFIX)
    text = (
        '[sources.web]\nprovider = "stripe"\nboard = "BOARD"\nplatform = "Web"\nsecret = "STRIPE"\n'
    )
    intake = Intake(open_sources(tmp_path, board, text), dynamodb)
    for event in tell_payment(Random(1), 1)[0]:
        intake.take("web", SENDERS["stripe"].make(encode(event)))
    stored = str(
        [dynamodb.scan(TableName=board.table + suffix)["Items"] for suffix in ("", STATES_SUFFIX)]
    )
    assert "pi_1" in stored
    for personal in ("Ada", "ada@example.org", "4242", "Main St", "For the kids"):
        assert personal not in stored
