from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from donations.moment import DateOrder, MomentError, find_named_zone, find_order, parse_moment

ZURICH = ZoneInfo("Europe/Zurich")


def utc(text: str, order: DateOrder | None = None, zone: ZoneInfo = ZURICH) -> str:
    return parse_moment(text, zone, order).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T18:04:11Z",
        "2026-11-21T19:04:11+01:00",
        "2026-11-21T19:04:11",
        "2026-11-21 19:04:11",
        "2026-11-21 18:04:11 UTC",
        "2026-11-21 18:04:11 +0000",
        "2026/11/21 19:04:11",
        "20261121190411",
        "21.11.2026 19:04:11",
        "21. 11. 2026, 19:04:11 Uhr",
        "21.11.26 19:04:11",
        "21/11/2026 19:04:11",
        "11/21/2026 7:04:11 PM",
        "11/21/26, 7:04:11\u202fp.m.",
        "Nov 21, 2026, 7:04:11 PM",
        "November 21, 2026 at 7:04:11 PM",
        "Saturday, 21st November 2026 19:04:11",
        "Sat, 21 Nov 2026 19:04:11 +0100",
        "21-Nov-2026 19:04:11",
        "21. November 2026 um 19:04:11",
        "Samstag, 21. Nov. 2026, 19:04:11",
        "21 novembre 2026 à 19:04:11",
        "samedi 21 novembre 2026 19:04:11",
        "21 Nov 2026 19:04:11 CET",
        "21 Nov 2026 13:04:11 EST",
        "19:04:11 21.11.2026",
        "1795284251",
        "1795284251.0",
        "1795284251000",
        "1795284251000000",
        "46347.794571759",
        "46347,794571759",
    ],
)
def test_a_time_is_read_as_people_write_it(text: str) -> None:
    assert utc(text) == "2026-11-21 18:04:11"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("21 Nov 2026 19h04", "18:04:00"),
        ("21.11.2026 19.04 Uhr", "18:04:00"),
        ("21.11.2026 19 Uhr", "18:00:00"),
        ("11/21/2026 7 PM", "18:00:00"),
        ("11/21/2026 12:00 AM", "23:00:00"),
        ("21 août 2026", "22:00:00"),
        ("20260821", "22:00:00"),
        ("٢١/١١/٢٠٢٦ 19:04", "18:04:00"),
    ],
)
def test_a_time_may_be_short(text: str, said: str) -> None:
    assert utc(text).endswith(said)


def test_a_date_that_may_be_two_is_asked_for() -> None:
    with pytest.raises(MomentError, match="which is the day, 1 or 2"):
        utc("01/02/2026")
    assert utc("01/02/2026 12:00", "day") == "2026-02-01 11:00:00"
    assert utc("01/02/2026 12:00", "month") == "2026-01-02 11:00:00"
    assert utc("01/01/2026 12:00") == "2026-01-01 11:00:00"


def test_a_date_that_has_no_such_order_is_a_mistake_not_another_order() -> None:
    with pytest.raises(MomentError, match="the day first; others have the month first"):
        utc("21/11/2026", "month")


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("01/02/2026", {"day", "month"}),
        ("21/02/2026 10:00", {"day"}),
        ("02/21/2026", {"month"}),
        ("03/03/2026", set()),
        ("01.02.2026", {"day"}),
        ("2026-01-02", set()),
        ("no date", set()),
    ],
)
def test_the_order_of_a_date_is_found(text: str, orders: set[str]) -> None:
    assert find_order(text) == orders


@pytest.mark.parametrize(
    "text",
    [
        "yesterday", "", "25:00", "31.02.2026", "2026-13-01", "12", "1e9", "9" * 30, "x" * 200,
        "21.11.2026 19:04 XYZ", "21.11.2026 25:04", "13:04 PM 21.11.2026",
    ],
)  # fmt: skip
def test_a_text_that_is_not_a_time_says_so(text: str) -> None:
    with pytest.raises(MomentError):
        utc(text)


def test_of_an_hour_that_comes_twice_the_first_is_meant() -> None:
    assert utc("25.10.2026 02:30") == "2026-10-25 00:30:00"


def test_a_board_s_own_abbreviation_is_its_zone() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    assert find_named_zone("IST", kolkata) is kolkata
    assert find_named_zone("IST", ZURICH) is None
    moment = datetime(2026, 7, 1, 12, tzinfo=find_named_zone("PDT", ZURICH))
    assert moment.astimezone(UTC).hour == 19
