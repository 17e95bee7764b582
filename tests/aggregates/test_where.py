"""Which items a board counts; items outside count for nothing and are not errors."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from aggregates.board import Board, Condition, Groups, Period
from aggregates.contribution import Rejected, contribution_reader
from tests.aggregates.fundraiser_file import BOARD
from tests.stream_events import donation

ABSENT: dict[str, Any] = {}


def counts(board: Board, **attributes: Any) -> bool:
    """Return whether a donation with changed attributes counts; `ABSENT` removes one."""
    image = {name: value for name, value in (donation("d-1") | attributes).items() if value}
    return contribution_reader(board)(image) is not None


def where(*conditions: Condition) -> Board:
    return replace(BOARD, where=conditions)


@pytest.mark.parametrize(
    ("condition", "value", "meets"),
    [
        (Condition("x", ("COMPLETED",)), {"S": "COMPLETED"}, True),
        (Condition("x", ("COMPLETED",)), {"S": "FAILED"}, False),
        (Condition("x", ("COMPLETED",)), {"S": "completed"}, False),
        (Condition("x", ("COMPLETED",)), ABSENT, False),
        (Condition("x", ("COMPLETED", "PAID")), {"S": "PAID"}, True),
        (Condition("x", (Decimal(1),)), {"N": "1.0"}, True),
        (Condition("x", (Decimal(1),)), {"S": "1"}, False),
        (Condition("x", (Decimal(1),)), {"BOOL": True}, False),
        (Condition("x", (Decimal(1),)), {"N": "one"}, False),
        (Condition("x", (True,)), {"BOOL": True}, True),
        (Condition("x", (True,)), {"N": "1"}, False),
        (Condition("x", (True,)), ABSENT, False),
        (Condition("x", (False,)), {"BOOL": False}, True),
        (Condition("x", (False,)), ABSENT, True),
        (Condition("x", (False,)), {"NULL": True}, True),
        (Condition("x", (False,)), {"BOOL": True}, False),
        (Condition("x", (False, Decimal(0))), {"N": "0"}, True),
        (Condition("x", least=Decimal(5)), {"N": "5"}, True),
        (Condition("x", least=Decimal(5)), {"N": "4.99"}, False),
        (Condition("x", least=Decimal(5)), {"S": "6"}, False),
        (Condition("x", least=Decimal(5)), ABSENT, False),
        (Condition("x", least=Decimal(5), most=Decimal(6)), {"N": "6.01"}, False),
        (Condition("x", begins="DON#"), {"S": "DON#1"}, True),
        (Condition("x", begins="DON#"), {"S": "META"}, False),
        (Condition("x", begins="DON#"), {"N": "1"}, False),
        (Condition("x", begins="DON#"), ABSENT, False),
        (Condition("x", is_present=True), {"S": ""}, True),
        (Condition("x", is_present=True), {"NULL": True}, False),
        (Condition("x", is_present=False), ABSENT, True),
        (Condition("x", is_present=False), {"S": "x"}, False),
    ],
    ids=str,
)
def test_an_item_counts_only_if_it_meets_the_condition(
    condition: Condition, value: dict[str, Any], meets: bool
) -> None:
    assert counts(where(condition), x=value) is meets


def test_every_condition_has_to_be_met() -> None:
    board = where(Condition("status", ("COMPLETED",)), Condition("_deleted", (False,)))
    assert counts(board, status={"S": "COMPLETED"})
    assert not counts(board, status={"S": "COMPLETED"}, _deleted={"BOOL": True})
    assert not counts(board, status={"S": "FAILED"})


def test_a_condition_may_be_on_an_attribute_within_a_map_or_with_a_dot_in_its_name() -> None:
    board = where(Condition("payment.state", ("ok",)))
    assert counts(board, payment={"M": {"state": {"S": "ok"}}})
    assert not counts(board, payment={"M": {"state": {"S": "no"}}})
    assert not counts(board, payment={"S": "ok"})
    assert counts(board, **{"payment.state": {"S": "ok"}, "payment": {"M": {}}})


def test_other_kinds_of_items_are_outside_whatever_they_lack() -> None:
    read = contribution_reader(where(Condition("SK", begins="DON#")))
    assert read({"PK": {"S": "EVENT#1"}, "SK": {"S": "META"}}) is None
    assert read({"PK": {"S": "DONOR#7"}, "SK": {"S": "PROFILE"}, "amount": {"S": "?"}}) is None
    with pytest.raises(Rejected):
        read({"PK": {"S": "EVENT#1"}, "SK": {"S": "DON#1"}})


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        ("2026-11-21T17:59:59.999Z", False),
        ("2026-11-21T18:00:00Z", True),
        ("2026-11-21T19:59:59.999Z", True),
        ("2026-11-21T20:00:00Z", False),
    ],
)
def test_a_period_has_its_first_moment_and_not_its_last(at: str, counted: bool) -> None:
    board = replace(BOARD, period=Period(1_795_284_000_000, 1_795_291_200_000))
    assert counts(board, donatedAt={"S": at}) is counted


def test_a_period_may_be_open_at_either_end() -> None:
    assert counts(replace(BOARD, period=Period(1_795_284_000_000, None)))
    assert not counts(replace(BOARD, period=Period(None, 1_795_284_000_000)))


def test_an_item_outside_the_period_is_no_error_whatever_else_is_wrong_with_it() -> None:
    board = replace(BOARD, period=Period(1_795_284_000_000, None))
    old = {"S": "2025-11-21T19:04:11Z"}
    assert not counts(board, donatedAt=old, platform=ABSENT, amount={"S": "ten"})


def test_an_item_whose_time_cannot_be_read_is_rejected_whatever_the_period() -> None:
    board = replace(BOARD, period=Period(1_795_284_000_000, None))
    with pytest.raises(Rejected, match="donatedAt is missing"):
        counts(board, donatedAt=ABSENT)


def test_items_without_a_group_may_be_left_out() -> None:
    board = replace(BOARD, groups=Groups(skip_missing=True))
    assert counts(board)
    assert not counts(board, platform=ABSENT)
    assert not counts(board, platform={"S": " "})
