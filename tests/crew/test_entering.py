"""A gift is entered in two taps, and counted exactly once."""

import threading
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from aggregates.board import Condition, Currency, Groups, Measure, Rate
from aggregates.contribution import contribution_reader
from aggregates.units import currency
from tests.crew.conftest import OpenOffice
from tests.crew.office import Helper, Office
from tests.stream_events import donation


def test_a_usual_gift_takes_a_group_and_an_amount_and_nothing_else(
    office: Office, ana: Helper
) -> None:
    form = ana.fill(ana.get(""), "enter")
    reply = ana.send("enter", form | {"group": "Phone", "how": "50"})
    assert reply.status_code == 303
    [item] = office.items()
    counted = contribution_reader(office.board)(item)
    assert counted is not None
    assert (counted.group, counted.values) == ("Phone", (5000,))
    assert item["donationId"] == {"S": f"crew-{form['entry']}"}
    assert "USD 50.00 for Phone entered." in ana.get("")
    assert office.told() == [("Ana", "entered")]


def test_a_doubled_tap_and_a_reload_are_one_gift(office: Office, ana: Helper) -> None:
    form = ana.fill(ana.get(""), "enter") | {"group": "Phone", "how": "50"}
    replies: list[Any] = []
    taps = [
        threading.Thread(target=lambda: replies.append(ana.send("enter", form))) for _ in range(4)
    ]
    for tap in taps:
        tap.start()
    for tap in taps:
        tap.join()
    assert [reply.status_code for reply in replies] == [303] * 4
    assert ana.send("enter", form).status_code == 303
    assert "was already entered: it counts once" in ana.get("")
    assert len(office.items()) == 1
    assert office.told() == [("Ana", "entered")]


def test_a_form_that_was_changed_and_sent_again_enters_nothing_and_says_so(
    office: Office, ana: Helper
) -> None:
    form = ana.fill(ana.get(""), "enter") | {"group": "Phone", "how": "50"}
    ana.send("enter", form)
    reply = ana.send("enter", form | {"how": "100"})
    assert reply.status_code == 409
    assert "was already used for another gift" in reply.text
    # The page then shows a new form with the typed values.
    again = ana.fill(reply.text, "enter")
    assert again["entry"] != form["entry"]
    assert again["amount"] == "100"
    assert len(office.items()) == 1


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("25", 2500),
        ("25.50", 2550),
        ("25,50", 2550),
        ("1.250", 125_000),
        ("1,250", 125_000),
        ("1'250.–", 125_000),
        ("1 250,00 $", 125_000),
        ("USD 12.3", 1230),
    ],
)
def test_an_amount_is_read_as_people_type_it(
    office: Office, ana: Helper, typed: str, minor: int
) -> None:
    assert ana.enter(typed).status_code == 303
    [item] = office.items()
    assert Decimal(item["amount"]["N"]) * 100 == minor


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Enter the amount."),
        ("ten", "The amount"),
        ("0", "Enter an amount above 0"),
        ("-25", "Enter an amount above 0"),
        ("25.5555", "USD has 2 decimals"),
        ("25 EUR", "the board counts USD"),
        ("9" * 39, "is too large"),
        ("1e30", "is too large"),
        ("x" * 3000, "has more than 500 characters"),
    ],
)
def test_an_invalid_amount_is_reported_and_nothing_is_entered(
    office: Office, ana: Helper, typed: str, why: str
) -> None:
    form = ana.fill(ana.get(""), "enter") | {"group": "Phone", "amount": typed, "how": "typed"}
    reply = ana.send("enter", form)
    assert reply.status_code == 422
    assert why in reply.text
    # The same form, corrected and sent again, is the same gift.
    assert ana.fill(reply.text, "enter")["entry"] == form["entry"]
    assert office.items() == []


def test_a_gift_without_a_group_is_asked_for_one(office: Office, ana: Helper) -> None:
    form = ana.fill(ana.get(""), "enter") | {"amount": "25", "how": "typed"}
    reply = ana.send("enter", form)
    assert reply.status_code == 422
    assert "Choose a platform, or name another." in reply.text
    assert ana.send("enter", form | {"other_group": "Bake sale"}).status_code == 303
    assert [item["platform"] for item in office.items()] == [{"S": "Bake sale"}]


def test_an_amount_far_above_all_others_is_asked_about_once_more(
    office: Office, ana: Helper
) -> None:
    ana.enter("600")
    reply = ana.enter("60000", name="Ada")
    assert reply.status_code == 200
    assert "The largest gift so far is USD 600.00." in reply.text
    assert len(office.items()) == 1
    form = ana.fill(reply.text, "enter")
    back = ana.send("enter", form | {"how": "back"})
    assert ana.fill(back.text, "enter")["amount"] == "60000"
    assert ana.fill(back.text, "enter")["x-name"] == "Ada"
    assert ana.send("enter", form | {"how": "typed"}).status_code == 303
    assert sorted(item["amount"]["N"] for item in office.items()) == ["600", "60000"]


def test_yes_to_one_amount_is_no_yes_to_another(ana: Helper) -> None:
    form = ana.fill(ana.enter("60000").text, "enter")
    reply = ana.send("enter", form | {"how": "typed", "amount": "600000"})
    assert reply.status_code == 200
    assert "Is this right?" in reply.text


def test_the_last_entries_of_this_helper_are_listed_with_take_back(
    office: Office, ana: Helper
) -> None:
    ana.enter("25")
    ana.enter("50")
    office.let_in("Ben").enter("75")
    page = ana.get("")
    assert "USD 50.00" in page
    assert "USD 75.00" not in page.partition("Your last entries")[2]
    assert ana.send("take-back", ana.fill(page, "take-back")).status_code == 303
    page = ana.get("")
    assert "USD 50.00 for Phone was taken back." in page
    assert "taken back</span>" in page
    assert sorted(item["amount"]["N"] for item in office.items()) == ["25", "75"]


def test_known_groups_are_buttons_and_others_only_where_the_board_takes_them(
    open_office: OpenOffice,
) -> None:
    office = open_office(groups=Groups(known=("Phone", "Web")))
    page = office.let_in().get("")
    assert page.index('value="Phone"') < page.index('value="Web"')
    assert "other_group" not in page
    page = open_office(groups=Groups(known=("Phone",), others="Other")).let_in().get("")
    assert "other_group" in page


def test_usual_amounts_and_frequent_groups_become_buttons(office: Office, ana: Helper) -> None:
    for number in range(3):
        office.put(donation(f"d-{number}", "Bake sale", amount=35))
    page = ana.get("")
    assert 'value="35.00"' in page
    assert 'value="Bake sale"' in page


def test_an_entered_gift_obeys_the_board_however_it_counts(open_office: OpenOffice) -> None:
    office = open_office(
        where=(Condition("status", ("PAID", "DONE")), Condition("deleted", (False,))),
        currency=Currency("money.currency", (Rate("EUR", Decimal("1.10")),)),
        measures=(Measure("amount", "money.value", currency("USD"), is_text=True, is_minor=True),),
        group_by="source.platform",
        time="made.at",
        time_unit="ms",
    )
    ana = office.let_in()
    assert ana.enter("20 EUR").status_code == 303
    [item] = office.items()
    assert item["money"] == {"M": {"value": {"S": "2000"}, "currency": {"S": "EUR"}}}
    assert item["source"] == {"M": {"platform": {"S": "Phone"}}}
    assert item["status"] == {"S": "PAID"}
    counted = contribution_reader(office.board)(item)
    assert counted is not None
    assert counted.values == (2200,)
    assert "EUR 20.00 = USD 22.00" in ana.get("")


def test_a_gift_that_the_board_would_leave_out_is_refused(open_office: OpenOffice) -> None:
    office = open_office(where=(Condition("code", begins="DON#"),))
    reply = office.let_in().enter("20")
    assert reply.status_code == 422
    assert "leaves this out: its [where] asks for code" in reply.text
    assert office.items() == []


def test_a_table_of_two_keys_says_why_nothing_can_be_entered(open_office: OpenOffice) -> None:
    office = open_office(key=("donationId", "platform"))
    ana = office.let_in()
    page = ana.get("")
    assert "Gifts cannot be entered on this board: its table has two key attributes" in page
    assert "/crew/enter" not in page
    office.put(donation("d-1", "Phone", amount=25))
    found = ana.get("find?q=25")
    assert ana.send("take-back", ana.fill(found, "take-back")).status_code == 303
    assert office.items() == []


def test_what_cannot_be_kept_is_not_acknowledged_and_sent_again_is_one_gift(
    office: Office, ana: Helper
) -> None:
    office.keep_error = OSError("the disk is full")
    reply = ana.enter("25")
    assert reply.status_code == 503
    assert "It is not certain that this was entered: the disk is full." in reply.text
    office.keep_error = None
    form = ana.fill(reply.text, "enter") | {"how": "typed", "group": "Phone", "amount": "25"}
    assert ana.send("enter", form).status_code == 303
    [item] = office.items()
    assert item in [written.image for written in office.kept]


def test_a_gift_is_kept_before_its_helper_is_told(office: Office, ana: Helper) -> None:
    ana.enter("25")
    tables = [written.table for written in office.kept]
    assert tables == [office.board.table, f"{office.board.table}-journal"]


def test_names_are_kept_without_what_steers_or_hides(office: Office, ana: Helper) -> None:
    ana.enter("25", name="  Ada\u202e \u200dLove\tlace\x07 ", comment="👩‍👩‍👧 סבתא")
    [item] = office.items()
    assert item["name"] == {"S": "Ada \u200dLove lace"}
    assert item["comment"] == {"S": "👩‍👩‍👧 סבתא"}


def test_the_time_is_now_whatever_the_zone(office: Office, ana: Helper) -> None:
    before = datetime.now().astimezone()
    ana.enter("25")
    [item] = office.items()
    made = datetime.fromisoformat(item["donatedAt"]["S"])
    assert abs((made - before).total_seconds()) < 30
