"""The questions, and how Python answers them, with `Decimal` and loops alone."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple


class Gift(NamedTuple):
    """A donation that counts."""

    key: str
    platform: str
    amount: Decimal
    at: datetime
    has_comment: bool


Rows = list[list[Any]]


class Question(NamedTuple):
    """What is asked in SQL, and the rows that it should give: money is text, times end with Z."""

    name: str
    sql: str
    compute: Callable[[list[Gift]], Rows]
    parameters: Mapping[str, object] = {}


def _money(value: Decimal) -> str:
    return f"{value:.2f}"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0)


def _add_up(pairs: Iterable[tuple[Any, Decimal]]) -> dict[Any, Decimal]:
    sums: dict[Any, Decimal] = defaultdict(Decimal)
    for name, amount in pairs:
        sums[name] += amount
    return sums


def all_of_it(gifts: list[Gift]) -> Rows:
    amounts = [gift.amount for gift in gifts]
    return [[len(gifts), _money(sum(amounts)), _money(min(amounts)), _money(max(amounts))]]  # type: ignore[arg-type]


def by_platform(gifts: list[Gift]) -> Rows:
    sums = _add_up((gift.platform, gift.amount) for gift in gifts)
    names = [gift.platform for gift in gifts]
    return [[name, names.count(name), _money(sums[name])] for name in sorted(sums)]


def by_hour(gifts: list[Gift]) -> Rows:
    sums = _add_up((_hour(gift.at), gift.amount) for gift in gifts)
    return [[_time(hour), _money(sums[hour])] for hour in sorted(sums)]


def largest(gifts: list[Gift]) -> Rows:
    first = sorted(gifts, key=lambda gift: (-gift.amount, gift.key))[:10]
    return [[gift.key, gift.platform, _money(gift.amount)] for gift in first]


def above(gifts: list[Gift]) -> Rows:
    amounts = [gift.amount for gift in gifts if gift.amount >= Decimal("50.5")]
    return [[len(amounts), _money(sum(amounts, Decimal()))]]


def median(gifts: list[Gift]) -> Rows:
    amounts = sorted(gift.amount for gift in gifts)
    # The smallest amount that half of all gifts do not exceed.
    return [[_money(amounts[(len(amounts) + 1) // 2 - 1])]]


def running(gifts: list[Gift]) -> Rows:
    sums = _add_up((gift.at.date(), gift.amount) for gift in gifts)
    total, rows = Decimal(), []
    for day in sorted(sums):
        total += sums[day]
        rows.append([day.isoformat(), _money(total)])
    return rows


def best_hours(gifts: list[Gift]) -> Rows:
    sums = _add_up(((gift.platform, _hour(gift.at)), gift.amount) for gift in gifts)
    rows = []
    for platform in sorted({name for name, _ in sums}):
        hours = [(-amount, hour) for (name, hour), amount in sums.items() if name == platform]
        amount, hour = min(hours)
        rows.append([platform, _time(hour), _money(-amount)])
    return rows


def with_comment(gifts: list[Gift]) -> Rows:
    commented = [gift for gift in gifts if gift.has_comment]
    sums = _add_up((gift.platform, gift.amount) for gift in commented)
    return [[name, _money(sums[name])] for name in sorted(sums)]


def longest_pause(gifts: list[Gift]) -> Rows:
    times = sorted(gift.at for gift in gifts)
    return [[max(int((b - a).total_seconds()) for a, b in pairwise(times))]]


QUESTIONS = [
    Question(
        "how much came in",
        "select count(*), sum(amount), min(amount), max(amount) from donations"
        " where amount is not null",
        all_of_it,
    ),
    Question(
        "by platform",
        "select platform, count(*), sum(amount) from donations where amount is not null"
        " group by 1 order by 1",
        by_platform,
    ),
    Question(
        "by hour",
        "select date_trunc('hour', \"donatedAt\") as hour, sum(amount) from donations"
        " where amount is not null group by 1 order by 1",
        by_hour,
    ),
    Question(
        "the ten largest",
        "select key, platform, amount from donations order by amount desc nulls last, key limit 10",
        largest,
    ),
    Question(
        "of an amount or more",
        "select count(*), coalesce(sum(amount), 0) from donations where amount >= $least",
        above,
        {"least": 50.5},
    ),
    Question("the median", "select quantile_disc(amount, 0.5) from donations", median),
    Question(
        "the running total",
        'select day, sum(total) over (order by day) from (select "donatedAt"::date as day,'
        " sum(amount) as total from donations where amount is not null group by 1) order by 1",
        running,
    ),
    Question(
        "each platform's best hour",
        "with hours as (select platform, date_trunc('hour', \"donatedAt\") as hour,"
        " sum(amount) as total from donations where amount is not null group by 1, 2)"
        " select platform, hour, total from hours"
        " qualify row_number() over (partition by platform order by total desc, hour) = 1"
        " order by platform",
        best_hours,
    ),
    Question(
        "with a comment, by the item's own attribute",
        "select platform, sum(amount) from donations where amount is not null"
        " and item->>'$.hasComment' = '1' group by 1 order by 1",
        with_comment,
    ),
    Question(
        "the longest pause, in seconds",
        "select max(date_diff('second', before, made)) from (select \"donatedAt\" as made,"
        ' lag("donatedAt") over (order by "donatedAt") as before from donations'
        " where amount is not null)",
        longest_pause,
    ),
]
