"""A donation's item is what counts of it now, whatever comes, and whatever is cut off."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from random import Random
from typing import Any

import pytest

from aggregates.board import Board
from donations.table_item import is_same
from intake.donation_state import ChargeStatus, Deduction, DonationState, Step, join
from intake.projection import Projection
from intake.request import DonationUpdate
from intake.source import Source, find_text_attributes
from intake.store import Store
from tests.intake.histories import shuffle_with_repeats, tell_history
from tests.intake.seen import see
from tests.intake.written import read_cents, read_item

Apply = Callable[..., bool]


@pytest.fixture
def store(dynamodb: Any, gala: Board) -> Store:
    return Store(dynamodb, gala)


@pytest.fixture
def projection(gala: Board) -> Projection:
    texts = find_text_attributes(gala)
    return Projection(Source("web", "stripe", gala, "Website", text_attributes=texts))


@pytest.fixture
def apply(store: Store, projection: Projection) -> Apply:
    def apply_(state: DonationState, name: str = "stripe:pi_1", **fields: Any) -> bool:
        return store.apply(projection, "web", DonationUpdate(name, state, **fields))

    return apply_


def test_an_item_has_what_the_board_counts_and_shows(
    apply: Apply, dynamodb: Any, gala: Board
) -> None:
    assert apply(see(0, 2500))
    item = read_item(dynamodb, gala)
    assert item is not None
    assert is_same(
        item,
        {
            "donationId": {"S": "stripe:pi_1"},
            "platform": {"S": "Website"},
            "donatedAt": {"S": "2026-11-21T19:00:00.000Z"},
            "amount": {"N": "25"},
            "name": {"S": "Ada"},
            "provider": {"S": "stripe"},
        },
    )
    assert not apply(see(0, 2500))


@pytest.mark.timeout(120)
def test_twelve_threads_with_all_orders_and_repetitions_end_exactly(
    apply: Apply, dynamodb: Any, gala: Board
) -> None:
    random, told = Random(7), []
    expected: dict[str, int] = {}
    for number in range(60):
        updates, net = tell_history(random)
        name = f"stripe:pi_{number}"
        expected |= {name: net} if net else {}
        told += [(name, update) for update in shuffle_with_repeats(random, updates)]
    random.shuffle(told)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda one: apply(one[1], one[0]), told))
    assert read_cents(dynamodb, gala) == expected


def test_a_refund_of_all_removes_the_item_and_a_failed_one_brings_it_back(
    apply: Apply, dynamodb: Any, gala: Board
) -> None:
    told, net = _find_history(lambda told, net: net > 0 and any(s.deductions for s in told))
    for update in told:
        apply(update)
    assert read_cents(dynamodb, gala) == {"stripe:pi_1": net}
    whole = reduce(join, told)
    assert whole.charge is not None
    apply(DonationState(charge=whole.charge._replace(status=ChargeStatus.GONE)))
    assert read_item(dynamodb, gala) is None


def test_what_the_crew_added_stays(apply: Apply, dynamodb: Any, gala: Board) -> None:
    apply(see(1, 2500))
    dynamodb.update_item(
        TableName=gala.table,
        Key={"donationId": {"S": "stripe:pi_1"}},
        UpdateExpression="SET approved = :t",
        ExpressionAttributeValues={":t": {"BOOL": True}},
    )
    apply(see(2, 2000))
    item = read_item(dynamodb, gala)
    assert item is not None
    assert item["approved"] == {"BOOL": True}
    assert Decimal(item["amount"]["N"]) == 20


def test_what_the_crew_took_back_stays_away(apply: Apply, dynamodb: Any, gala: Board) -> None:
    apply(see(1, 2500))
    dynamodb.delete_item(TableName=gala.table, Key={"donationId": {"S": "stripe:pi_1"}})
    assert apply(see(2, 2000))
    assert read_item(dynamodb, gala) is None


def test_another_currency_is_an_item_that_the_board_says_it_cannot_count(
    apply: Apply, dynamodb: Any, gala: Board
) -> None:
    charge = see(0, 2500).charge
    assert charge is not None
    apply(replace(see(0, 2500), charge=charge._replace(currency="JPY")))
    item = read_item(dynamodb, gala)
    assert item is not None
    assert "amount" not in item
    assert item["given"] == {"S": "JPY 2500"}


def test_nothing_is_said_before_it_is_on_the_disk(
    dynamodb: Any, gala: Board, projection: Projection
) -> None:
    kept: list[Any] = []

    def refuse(_: Any) -> None:
        raise OSError("the disk is full")

    update = DonationUpdate("stripe:pi_1", see(0, 2500))
    with pytest.raises(OSError, match="full"):
        Store(dynamodb, gala, refuse).apply(projection, "web", update)
    # The same again changes nothing in DynamoDB, and must still reach the disk.
    assert not Store(dynamodb, gala, kept.append).apply(projection, "web", update)
    tables = {table: image for table, _, image in kept[0]}
    assert Decimal(tables[gala.table]["amount"]["N"]) == 25
    assert tables[f"{gala.table}-intake"]["netMinor"] == {"N": "2500"}


def test_what_is_kept_last_is_what_was_written_last(
    dynamodb: Any, gala: Board, projection: Projection
) -> None:
    kept: list[Any] = []
    lock = threading.Lock()

    def keep(changes: Any) -> None:
        with lock:
            kept.extend(changes)

    store = Store(dynamodb, gala, keep)
    updates = [DonationUpdate("stripe:pi_1", see(n, 100 + n)) for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda update: store.apply(projection, "web", update), updates))
    last = [image for table, _, image in kept if table == gala.table][-1]
    assert last == read_item(dynamodb, gala)


def _find_history(
    is_right: Callable[[list[DonationState], int], bool],
) -> tuple[list[DonationState], int]:
    histories = (tell_history(Random(seed)) for seed in range(1000))
    return next(history for history in histories if is_right(*history))


class _Meanwhile:
    """A client beside which another process writes at two moments of a write."""

    def __init__(self, client: Any, table: str, *others: Callable[[], object]) -> None:
        self._client, self._table, self._others = client, table, list(others)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **asked: Any) -> Any:
        if len(self._others) == 2:
            self._others.pop(0)()
        return self._client.transact_write_items(**asked)

    def get_item(self, **asked: Any) -> Any:
        found = self._client.get_item(**asked)
        if len(self._others) == 1:
            self._others.pop(0)()
        return found


def test_an_item_that_was_gone_for_a_moment_is_still_corrected(
    apply: Apply, dynamodb: Any, gala: Board, projection: Projection
) -> None:
    def deduct(name: str, step: Step, cents: int) -> DonationState:
        return DonationState(deductions={name: Deduction(step, cents)})

    apply(see(1, 5000))
    line = _Meanwhile(
        dynamodb,
        gala.table,
        lambda: apply(deduct("refund:a", Step.TAKEN, 5000)),
        lambda: apply(deduct("refund:a", Step.RETURNED, 5000)),
    )
    update = DonationUpdate("stripe:pi_1", deduct("refund:b", Step.TAKEN, 300))
    assert Store(line, gala).apply(projection, "web", update)
    assert read_cents(dynamodb, gala) == {"stripe:pi_1": 4700}


def test_a_dispute_that_cannot_be_compared_with_its_donation_is_named_in_the_log(
    apply: Apply, dynamodb: Any, gala: Board, caplog: pytest.LogCaptureFixture
) -> None:
    apply(see(1, 5000))
    apply(DonationState(deductions={"dispute:a": Deduction(Step.OPEN, 100, "JPY")}))
    assert "another currency" not in caplog.text
    apply(DonationState(deductions={"dispute:a": Deduction(Step.TAKEN, 100, "JPY")}))
    assert read_cents(dynamodb, gala) == {}
    assert "stripe:pi_1: a dispute in another currency" in caplog.text
    apply(DonationState(deductions={"dispute:a": Deduction(Step.RETURNED, 100, "JPY")}))
    assert read_cents(dynamodb, gala) == {"stripe:pi_1": 5000}
