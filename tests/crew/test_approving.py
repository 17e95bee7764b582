"""Names and comments are shown after somebody approves them, and can be hidden again."""

import pytest

from aggregates.board import Ticker
from aggregates.contribution import contribution_reader
from aggregates.shown import shown_attributes
from tests.crew.conftest import OpenOffice
from tests.crew.office import Helper, Office
from tests.stream_events import donation

NAMED = donation("d-1", amount=25) | {"name": {"S": "Ada"}}


def what_is_shown(office: Office) -> object:
    [item] = office.items()
    contribution = contribution_reader(office.board)(item)
    assert contribution is not None
    return shown_attributes(office.board, item, contribution)


def decide(helper: Helper, what: str) -> int:
    form = helper.fill(helper.get("approve"), "approve")
    return helper.send("approve", form | {"what": what}).status_code


def test_a_name_waits_is_shown_and_is_hidden_again(office: Office, ana: Helper) -> None:
    office.put(NAMED)
    assert "Waiting <small>1</small>" in ana.get("approve")
    assert what_is_shown(office) == {"platform": "Facebook", "amount": 2500}
    assert decide(ana, "show") == 303
    assert "Shown <small>1</small>" in ana.get("approve")
    assert what_is_shown(office) == {"platform": "Facebook", "amount": 2500, "name": "Ada"}
    assert decide(ana, "hide") == 303
    assert "Hidden <small>1</small>" in ana.get("approve")
    assert what_is_shown(office) == {"platform": "Facebook", "amount": 2500}
    assert office.told() == [("Ana", "shown"), ("Ana", "hidden")]


def test_what_another_back_office_approved_is_approved(office: Office, ana: Helper) -> None:
    office.put(NAMED | {"approved": {"BOOL": True}})
    assert "Shown <small>1</small>" in ana.get("approve")


def test_a_gift_without_texts_needs_no_approval(office: Office, ana: Helper) -> None:
    office.put(donation("d-1"))
    assert "Waiting <small>0</small>" in ana.get("approve")


def test_a_name_that_was_changed_since_it_was_read_is_not_approved(
    office: Office, ana: Helper
) -> None:
    office.put(NAMED)
    form = ana.fill(ana.get("approve"), "approve")
    office.put(NAMED | {"name": {"S": "Something worse"}})
    reply = ana.send("approve", form | {"what": "show"})
    assert reply.status_code == 409
    assert what_is_shown(office) == {"platform": "Facebook", "amount": 2500}


def test_the_second_of_two_helpers_who_disagree_is_told(office: Office, ana: Helper) -> None:
    office.put(NAMED)
    ben = office.let_in("Ben")
    first, second = (who.fill(who.get("approve"), "approve") for who in (ana, ben))
    assert ana.send("approve", first | {"what": "hide"}).status_code == 303
    assert ben.send("approve", second | {"what": "show"}).status_code == 409


def test_a_word_that_is_never_shown_cannot_be_approved(office: Office, ana: Helper) -> None:
    office.put(NAMED | {"comment": {"S": "What the DARN"}})
    page = ana.get("approve")
    assert "never shown: it contains <bdi>darn</bdi>" in page
    assert 'value="show"' not in page
    form = ana.fill(page, "approve")
    assert ana.send("approve", form | {"what": "show"}).status_code == 422


@pytest.mark.parametrize("what", ["", "delete"])
def test_an_answer_other_than_show_and_hide_is_refused(
    office: Office, ana: Helper, what: str
) -> None:
    office.put(NAMED)
    assert decide(ana, what) == 422
    assert office.items() == [NAMED]


def test_a_board_that_does_not_ask_says_how_to(open_office: OpenOffice) -> None:
    office = open_office(ticker=Ticker(12, ("amount", "name")))
    office.put(NAMED)
    page = office.let_in().get("approve")
    assert "This board shows names and comments at once." in page
    assert "<button" not in page.partition("<main")[2]
