"""Any gift can be found, corrected and taken back, and every change is recorded."""

from decimal import Decimal

import pytest

from aggregates.board import Condition, Currency, Measure, Rate
from aggregates.units import currency
from tests.crew.conftest import OpenOffice
from tests.crew.office import Helper, Office
from tests.stream_events import donation


@pytest.fixture
def named(office: Office) -> Office:
    """An office with three gifts that were not entered on the pages."""
    ada = {"name": {"S": "Ada Lovelace"}, "receipt": {"S": "R-17"}}
    office.put(donation("d-1", "Phone", 60000, "2026-11-21T19:04:11Z") | ada)
    office.put(donation("d-2", "Web", "12.5", "2026-11-21T20:00:00Z"))
    office.put(donation("d-3", "Web", 60, "2026-11-22T08:00:00Z"))
    return office


@pytest.mark.parametrize(
    ("q", "keys"),
    [
        ("60000", ["d-1"]),
        ("60,000", ["d-1"]),
        ("lovelace ADA", ["d-1"]),
        ("web", ["d-2", "d-3"]),
        ("d-3", ["d-3"]),
        # In the board's time zone, one hour ahead of the table's time.
        ("2026-11-21 21:00", ["d-2"]),
        ("receipt", []),
        ("", ["d-1", "d-2", "d-3"]),
    ],
)
def test_a_gift_is_found_by_amount_name_time_group_and_id(
    named: Office, ana: Helper, q: str, keys: list[str]
) -> None:
    page = ana.get(f"find?q={q}")
    assert [key for key in ("d-1", "d-2", "d-3") if f"key={key}" in page] == keys


def test_a_correction_changes_what_was_typed_and_nothing_else(named: Office, ana: Helper) -> None:
    form = ana.open("d-1")
    assert ana.send("gift", form | {"f-amount": "600", "f-name": ""}).status_code == 303
    [item] = [item for item in named.items() if item["donationId"] == {"S": "d-1"}]
    expected = donation("d-1", "Phone", 600, "2026-11-21T19:04:11Z") | {"receipt": {"S": "R-17"}}
    assert item == expected
    page = ana.get("gift?key=d-1")
    assert "Amount: 60000.00 → 600.00" in page
    assert "Name: Ada Lovelace → (nothing)" in page


def test_a_correction_that_changes_nothing_writes_nothing(named: Office, ana: Helper) -> None:
    ana.send("gift", ana.open("d-2"))
    assert "Nothing changed." in ana.get("")
    assert named.told() == []


def test_a_time_is_corrected_in_the_boards_zone(named: Office, ana: Helper) -> None:
    form = ana.open("d-1")
    assert form["f-donatedAt"] == "2026-11-21 20:04:11"
    ana.send("gift", form | {"f-donatedAt": "2026-11-21 22:30"})
    [item] = [item for item in named.items() if item["donationId"] == {"S": "d-1"}]
    assert item["donatedAt"] == {"S": "2026-11-21T21:30:00.000Z"}


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("f-amount", "ten", "The amount"),
        ("f-amount", "", "Enter the amount."),
        ("f-donatedAt", "soon", "The time"),
        ("f-donatedAt", "", "The board cannot count this: donatedAt is missing."),
        ("f-platform", "", "The board cannot count this: platform is missing."),
    ],
)
def test_a_correction_that_could_not_be_counted_is_refused_with_what_was_typed(
    named: Office, ana: Helper, field: str, text: str, why: str
) -> None:
    reply = ana.send("gift", ana.open("d-1") | {field: text, "f-name": "Ada L."})
    assert reply.status_code == 422
    assert why in reply.text
    assert ana.fill(reply.text, "gift")["f-name"] == "Ada L."
    assert named.told() == []


def test_two_helpers_who_correct_the_same_gift_do_not_overwrite_each_other(
    named: Office, ana: Helper
) -> None:
    ben = named.let_in("Ben")
    first, second = ana.open("d-1"), ben.open("d-1")
    assert ana.send("gift", first | {"f-amount": "600"}).status_code == 303
    reply = ben.send("gift", second | {"f-amount": "6000"})
    assert reply.status_code == 409
    assert "Somebody else changed this gift in the meantime" in reply.text
    # The page shows the current state, so that the change can be entered again if needed.
    assert ben.fill(reply.text, "gift")["f-amount"] == "600.00"
    assert named.told() == [("Ana", "corrected")]


def test_two_helpers_who_correct_different_things_both_do(named: Office, ana: Helper) -> None:
    ben = named.let_in("Ben")
    first, second = ana.open("d-1"), ben.open("d-1")
    ana.send("gift", first | {"f-amount": "600"})
    assert ben.send("gift", second | {"f-name": "Ada L."}).status_code == 303
    [item] = [item for item in named.items() if item["donationId"] == {"S": "d-1"}]
    assert (item["amount"], item["name"]) == ({"N": "600"}, {"S": "Ada L."})


def test_what_was_corrected_meanwhile_is_not_taken_back(named: Office, ana: Helper) -> None:
    form = ana.open("d-1", "take-back")
    ben = named.let_in("Ben")
    ben.send("gift", ben.open("d-1") | {"f-amount": "600"})
    assert ana.send("take-back", form).status_code == 409
    assert len(named.items()) == 3


def test_a_gift_is_taken_back_and_brought_back_as_it_was(named: Office, ana: Helper) -> None:
    before = named.items()
    ana.send("take-back", ana.open("d-1", "take-back"))
    assert len(named.items()) == 2
    # A double tap.
    page = ana.get("gift?key=d-1")
    assert "This gift was taken back" in page
    assert ana.send("bring-back", ana.fill(page, "bring-back")).status_code == 303
    assert sorted(named.items(), key=str) == sorted(before, key=str)
    assert named.told() == [("Ana", "taken back"), ("Ana", "brought back")]


def test_a_doubled_tap_takes_back_once(named: Office, ana: Helper) -> None:
    form = ana.open("d-1", "take-back")
    assert [ana.send("take-back", form).status_code for _ in range(2)] == [303, 303]
    assert named.told() == [("Ana", "taken back")]


def test_a_gift_in_another_currency_is_corrected_in_its_own(open_office: OpenOffice) -> None:
    office = open_office(
        currency=Currency("currency", (Rate("EUR", Decimal("1.10")),)),
        measures=(Measure("amount", "sum.value", currency("USD"), is_minor=True),),
    )
    gift = donation("d-1", "Phone") | {
        "sum": {"M": {"value": {"N": "2000"}, "fee": {"N": "7"}}},
        "currency": {"S": "EUR"},
    }
    office.put(gift)
    ana = office.let_in()
    form = ana.open("d-1")
    assert form["f-sum.value"] == "20.00"
    assert ana.send("gift", form | {"f-sum.value": "25,50"}).status_code == 303
    [item] = office.items()
    assert item == gift | {"sum": {"M": {"value": {"N": "2550"}, "fee": {"N": "7"}}}}
    reply = ana.send("gift", ana.open("d-1") | {"f-sum.value": "USD 9"})
    assert "This gift is in EUR, not in USD." in reply.text


def test_a_gift_that_is_left_out_can_be_corrected_into_the_board(open_office: OpenOffice) -> None:
    office = open_office(where=(Condition("name", ("Ada",)),))
    office.put(donation("d-1", "Phone") | {"name": {"S": "Bob"}})
    ana = office.let_in()
    page = ana.get("gift?key=d-1")
    assert "the board leaves it out: its [where] asks for name" in page
    assert ana.send("gift", ana.open("d-1") | {"f-amount": "7"}).status_code == 303


def test_a_gift_that_cannot_be_counted_says_how_to_fix_it(office: Office, ana: Helper) -> None:
    office.put(donation("d-1") | {"amount": {"S": "ten"}})
    page = ana.get("gift?key=d-1")
    assert "Open the gift and correct “Amount”. Then it counts." in page
    assert ana.send("gift", ana.open("d-1") | {"f-amount": "10"}).status_code == 303
    assert office.items()[0]["amount"] == {"N": "10"}


@pytest.mark.parametrize("key", ["", "d-9", "x" * 9000, "%00", '["d-1","x"]'])
def test_a_missing_gift_is_reported(office: Office, ana: Helper, key: str) -> None:
    reply = ana.client.get("/crew/gift", params={"key": key})
    assert reply.status_code == 404
    assert "There is no such gift." in reply.text


def test_a_text_too_long_for_a_field_stays_as_it_is(office: Office, ana: Helper) -> None:
    office.put(donation("d-1") | {"comment": {"S": "long " * 500}})
    assert ana.send("gift", ana.open("d-1") | {"f-amount": "30"}).status_code == 303
    assert office.items()[0]["comment"] == {"S": "long " * 500}
