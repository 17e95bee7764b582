from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from aggregates.board import Condition, Currency, Groups, Measure, Period, Rate
from aggregates.contribution import contribution_reader
from aggregates.units import currency
from donations.donation import Donation, from_item, takes_donations, to_item
from donations.errors import DonationError
from tests.donations.files import BOARD

GIVEN = Donation(
    donation_id="d-1",
    donated_at=datetime(2026, 11, 21, 19, 4, 11, tzinfo=UTC),
    platform="Phone",
    amount_minor=1250,
    email="a@example.org",
    attributes={"comment": "Hello"},
)


@pytest.mark.parametrize(
    "board",
    [
        BOARD,
        replace(BOARD, group_by="meta.channel", time="meta.at"),
        replace(BOARD, time_unit="ms", time_zone="Asia/Tokyo"),
        replace(BOARD, where=(Condition("status", one_of=("paid", "ok")),)),
        replace(BOARD, where=(Condition("hidden", one_of=(False,)),)),
        replace(BOARD, currency=Currency("currency")),
        *(
            replace(BOARD, measures=(Measure("amount", "gift.value", currency("USD"), **how),))
            for how in ({"is_text": True}, {"is_minor": True}, {"is_text": True, "is_minor": True})
        ),
    ],
)
def test_a_donation_is_an_item_that_the_board_counts_and_comes_back(board: object) -> None:
    item = to_item(board, GIVEN)  # type: ignore[arg-type]
    counted = contribution_reader(board)(item)  # type: ignore[arg-type]
    assert counted is not None
    assert (counted.group, counted.values) == ("Phone", (1250,))
    back = from_item(board, item)  # type: ignore[arg-type]
    assert back is not None
    attributes = {name: text for name, text in back.attributes.items() if name == "comment"}
    assert replace(back, attributes=attributes) == GIVEN


def test_a_donation_in_another_currency_keeps_it() -> None:
    board = replace(BOARD, currency=Currency("currency", (Rate("EUR", Decimal("1.1")),)))
    given = replace(GIVEN, currency="EUR")
    item = to_item(board, given)
    assert from_item(board, item) == given
    with pytest.raises(DonationError, match="is in EUR; the board fundraiser counts USD"):
        to_item(BOARD, given)


def test_an_item_that_the_board_would_not_count_is_not_made() -> None:
    with pytest.raises(DonationError, match='would not count this: platform is "ALL"'):
        to_item(BOARD, replace(GIVEN, platform="ALL"))
    known = replace(BOARD, groups=Groups(known=("Text",)))
    with pytest.raises(DonationError, match="would not count this: platform is"):
        to_item(known, GIVEN)
    past = replace(BOARD, period=Period(None, 1_000_000))
    with pytest.raises(DonationError, match=r"leaves this out: .*\[period\]"):
        to_item(past, GIVEN)


def test_an_item_that_cannot_be_counted_is_no_donation() -> None:
    item = to_item(BOARD, GIVEN)
    with pytest.raises(DonationError, match="cannot count the item: amount is missing"):
        from_item(BOARD, {name: value for name, value in item.items() if name != "amount"})
    away = replace(BOARD, where=(Condition("status", one_of=("paid",)),))
    assert from_item(away, item) is None


def test_a_board_of_other_things_takes_no_donations() -> None:
    board = replace(BOARD, key=("pk", "sk"))
    assert not takes_donations(board)
    with pytest.raises(DonationError, match="cannot take donations"):
        to_item(board, GIVEN)
