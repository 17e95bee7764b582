"""Amounts are shown, typed and found as the board's language writes them."""

from decimal import Decimal

import pytest

from aggregates.board import Measure
from aggregates.units import Unit, currency
from crew.written import list_written, write_amount, write_number
from tests.crew.conftest import OpenOffice


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (None, "1,234,567.50"),
        ("en-GB", "1,234,567.50"),
        ("de", "1.234.567,50"),
        ("de-CH", "1’234’567.50"),
        ("fr", "1\u202f234\u202f567,50"),
        ("pt", "1.234.567,50"),
        ("pt-PT", "1\u202f234\u202f567,50"),
        ("ja", "1,234,567.50"),
    ],
)
def test_an_amount_is_written_and_found_as_in_its_language(language: str, text: str) -> None:
    shown = write_amount(123_456_750, currency("EUR"), language)
    assert shown == text
    assert {shown, "1234567.50"} <= {*list_written(shown, language)}
    assert write_number(Decimal("1250.5"), "de") == "1250,5"


def test_a_whole_number_is_found_without_its_marks() -> None:
    assert "1234567" in list_written(write_amount(1_234_567, Unit("", 0), "de"), "de")
    assert "1234567" in list_written(write_amount(1_234_567, Unit("", 0), None), None)


def test_the_pages_of_a_german_board_show_and_read_german_amounts(
    open_office: OpenOffice,
) -> None:
    office = open_office(language="de")
    ana = office.let_in()
    assert ana.enter("1.234,5").status_code == 303
    page = ana.get("")
    assert "USD 1.234,50 for Phone entered." in page
    [item] = office.items()
    key = item["donationId"]["S"]
    assert item["amount"] == {"N": "1234.5"}
    form = ana.open(key)
    assert form["f-amount"] == "1234,50"
    assert ana.send("gift", form | {"f-amount": "99,90"}).status_code == 303
    assert office.items()[0]["amount"] == {"N": "99.9"}
    assert "USD 99,90" in ana.get("find?q=99,90")
    assert "USD 99,90" in ana.get("find?q=99.90")
    assert "99,90" in ana.get("sheet")


def test_the_language_decides_what_a_typed_amount_leaves_open(open_office: OpenOffice) -> None:
    measure = Measure("amount", "amount", currency("KWD"))
    office = open_office(language="de", measures=(measure,), goal=None)
    assert office.let_in().enter("1.250").status_code == 303
    assert office.items()[0]["amount"] == {"N": "1250"}
