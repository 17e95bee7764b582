"""Whatever order a provider's messages come in, and how often: the table ends in its truth."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from aggregates.board import Board
from donations.item import Item
from intake.intake import Intake
from intake.store import STATES_SUFFIX
from intake.tables import create_states
from local.dynamodb import create_table
from tests.intake.senders import NOW, SENDERS, open_sources
from tests.intake.stripe_events import encode, tell_payment

# What a provider sends of one donation, in the order of time; and what is left of it in cents.
History = tuple[list[bytes], int]


def tell_stripe(random: Random, number: int) -> History:
    events, left = tell_payment(random, number)
    return [encode(event) for event in events], left


def tell_tiltify(random: Random, number: int) -> History:
    """Return a donation that is paid or not, corrected, moderated, and told to team and member."""
    bodies, left = [], 0
    name = f"dfa25dcc-2026-4320-a5b7-{number:012}"
    at, paid = NOW, False
    for _ in range(random.randrange(1, 5)):
        at += timedelta(microseconds=random.choice([1, random.randrange(1, 10**9)]))
        cents = random.randrange(1, 100_000)
        paid = paid or random.random() < 0.6
        left = cents if paid else 0
        data = {
            "id": name,
            "amount": {"currency": "USD", "value": f"{Decimal(cents).scaleb(-2)}"},
            "created_at": NOW.isoformat(),
            "completed_at": NOW.isoformat() if paid else None,
            "donor_name": random.choice(["Ada", "Anonymous"]),
            "donor_comment": random.choice([None, "Hi"]),
        }
        for kind in random.choice([["direct"], ["direct", "indirect"]]):
            meta = {
                "event_type": f"public:{kind}:donation_updated",
                "generated_at": at.isoformat(),
                "subscription_source_type": "campaign",
            }
            bodies.append(json.dumps({"data": data, "meta": meta}).encode())
    return bodies, left


def tell_api(random: Random, number: int) -> History:
    """Return a donation that is corrected, and perhaps taken back."""
    bodies, left = [], 0
    for version in range(random.randrange(1, 5)):
        cents = random.randrange(1, 100_000)
        status = random.choice(["pending", "succeeded", "succeeded", "withdrawn"])
        left = cents if status == "succeeded" else 0
        donation = {
            "id": f"ph-{number}",
            "amount": f"{Decimal(cents).scaleb(-2)}",
            "currency": "USD",
            "donatedAt": NOW.isoformat(),
            "status": status,
            "version": version,
        }
        listed = {"donations": [donation]} if random.random() < 0.3 else donation
        bodies.append(json.dumps(listed).encode())
    return bodies, left


TELLERS: dict[str, Callable[[Random, int], History]] = {
    "stripe": tell_stripe,
    "tiltify": tell_tiltify,
    "api": tell_api,
}


@pytest.fixture
def intake(dynamodb: Any, gala: Board, tmp_path: Path) -> Intake:
    text = "".join(
        f'[sources.{name}]\nprovider = "{name}"\nboard = "BOARD"\nplatform = "{name}"\n'
        f'secret = "{name.upper()}"\n'
        for name in SENDERS
    )
    return Intake(open_sources(tmp_path, gala, text), dynamodb)


def read_items(dynamodb: Any, board: Board) -> Iterator[Item]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=board.table, ConsistentRead=True):
        yield from page["Items"]


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
