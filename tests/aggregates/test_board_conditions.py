"""Conditions and period in a board's file; a condition that no item can meet is refused."""

from decimal import Decimal
from pathlib import Path

import pytest

from aggregates.board import Condition, Period
from tests.aggregates.board_files import AMOUNT, HEAD, load, refuse


@pytest.mark.parametrize(
    ("line", "condition"),
    [
        ('status = "COMPLETED"', Condition("status", ("COMPLETED",))),
        ('status = ["COMPLETED", "PAID"]', Condition("status", ("COMPLETED", "PAID"))),
        ("_deleted = false", Condition("_deleted", (False,))),
        ("_deleted = [false, 0]", Condition("_deleted", (False, Decimal(0)))),
        ("seat = 7.50", Condition("seat", (Decimal("7.5"),))),
        ("seat = {least = 5}", Condition("seat", least=Decimal(5))),
        ("seat = {least = 1, most = 2}", Condition("seat", least=Decimal(1), most=Decimal(2))),
        ('SK = {begins = "DON#"}', Condition("SK", begins="DON#")),
        ("platform = {present = true}", Condition("platform", is_present=True)),
        ('"payment.state" = "ok"', Condition("payment.state", ("ok",))),
    ],
)
def test_a_condition_is_read_as_it_is_written(
    tmp_path: Path, line: str, condition: Condition
) -> None:
    assert load(tmp_path, AMOUNT, "[where]", line).where == (condition,)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("status = []", "where.status: is an empty list, so nothing could count"),
        ("status = nan", "where.status: is nan; write a value"),
        ("status = 2026-11-21", "where.status: is datetime.date(2026, 11, 21); write a value"),
        ('payment.state = "ok"', 'Write a path into a map in quotes: "payment.value" = …'),
        ("seat = {at_least = 5}", "where.seat: is {'at_least': 5}; write a value"),
        ("seat = {least = 5, present = true}", "where.seat: is {'least': 5, 'present': True}"),
        ("seat = {}", "where.seat: is {}; write a value"),
        ('seat = {least = "5"}', "where.seat.least: is '5'; write a number"),
        ("seat = {least = 5, most = 4}", "where.seat.least: is above `most`"),
        ("seat = {present = 1}", "where.seat.present: is 1; write true or false"),
        ("platform = {present = false}", "must be absent here, but no item counts without it"),
        ("donationId = {present = false}", "must be absent here, but no item counts without it"),
        ("amount = {present = false}", "must be absent here, but no item counts without it"),
        ("amount = true", "where.amount: is the number of a measure, so it is never true or false"),
        ('amount = "5"', "where.amount: is the number of a measure, so it is never text"),
        ('amount = {begins = "5"}', "amount: is the number of a measure, so it is never text"),
    ],
)
def test_a_condition_that_nothing_can_meet_is_refused(
    tmp_path: Path, line: str, message: str
) -> None:
    assert message in refuse(tmp_path, AMOUNT, "[where]", line)


def test_a_number_in_text_has_bounds_of_its_own(tmp_path: Path) -> None:
    text = AMOUNT + "text = true"
    assert "use the measure's `least`" in refuse(tmp_path, text, "[where]\namount = {least = 5}")


def test_items_without_a_group_may_be_asked_for_where_they_have_a_name(tmp_path: Path) -> None:
    groups = '[groups]\nmissing = "Other"'
    assert load(tmp_path, groups, "[where]\nplatform = {present = false}").where


@pytest.mark.parametrize(
    ("lines", "period"),
    [
        ("from = 2026-11-21T18:00:00Z", Period(1_795_284_000_000, None)),
        ("from = 2026-11-21T18:00:00", Period(1_795_284_000_000, None)),
        ('until = "2026-11-21T18:00:00+00:00"', Period(None, 1_795_284_000_000)),
        ("from = 2026-11-21", Period(1_795_219_200_000, None)),
        (
            "from = 2026-11-21\nuntil = 2026-11-22",
            Period(1_795_219_200_000, 1_795_305_600_000),
        ),
    ],
)
def test_a_period_is_read_as_it_is_written(tmp_path: Path, lines: str, period: Period) -> None:
    assert load(tmp_path, "[period]", lines).period == period


def test_a_period_without_an_offset_is_in_the_boards_time_zone(tmp_path: Path) -> None:
    zone = 'time_zone = "Europe/Zurich"\n'
    board = load(tmp_path, zone, "[period]\nfrom = 2026-11-21T19:00:00\nuntil = 2026-11-22")
    assert board.period == Period(1_795_284_000_000, 1_795_302_000_000)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "period: is empty; add from = …"),
        ("from = 18", "period.from: is 18; write a date and time"),
        ('from = "soon"', "period.from: is 'soon'; write a date and time"),
        ("from = 18:00:00", "period.from: is datetime.time(18, 0); write a date and time"),
        ("from = 1969-01-01", "period.from: is before 1970"),
        ("from = 2026-11-21\nuntil = 2026-11-21", "period.until: is not after `from`"),
        ("form = 2026-11-21\nuntil = 2026-11-21", "period.form: is not a field of a board"),
    ],
)
def test_a_period_in_which_nothing_could_be_is_refused(
    tmp_path: Path, lines: str, message: str
) -> None:
    assert message in refuse(tmp_path, "[period]", lines)


def test_a_period_needs_the_items_time(tmp_path: Path) -> None:
    head = HEAD.replace('time = "donatedAt"\n', "")
    assert "period: needs the items' time" in refuse(
        tmp_path, "[period]\nfrom = 2026-11-21", head=head
    )
