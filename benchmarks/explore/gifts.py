"""A million gifts as DynamoDB has them, and the questions that are asked of them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from donations.image_json import Image

BEGIN = datetime(2026, 11, 21, 10, tzinfo=UTC)
PLATFORMS = ("Website", "Facebook", "Phone", "Text", "Twitch", "YouTube")
CITIES = tuple(f"City {number}" for number in range(200))
DONORS = 50_000
EVENING = timedelta(hours=12)


def make_gift(number: int, gifts: int, chance: random.Random) -> Image:
    """Return a gift: the `number`th of an evening with so many; 330 bytes as DynamoDB sends it."""
    at = BEGIN + EVENING * (number / gifts)
    donor = chance.randrange(DONORS)
    return {
        "donationId": {"S": f"d-{number:08}"},
        "platform": {"S": chance.choice(PLATFORMS)},
        "amount": {"N": str(chance.randint(100, 50_000) / 100)},
        "donatedAt": {"S": at.isoformat(timespec="milliseconds")},
        "donor": {
            "M": {"name": {"S": f"Donor {donor}"}, "city": {"S": CITIES[donor % len(CITIES)]}}
        },
        "comment": {"S": f"gift {number} with all the best from us"},
    }


def make_pages(gifts: int, per_page: int, seed: int = 1) -> Iterator[list[Image]]:
    """Return the gifts as a scan does: page by page."""
    chance = random.Random(seed)
    for first in range(0, gifts, per_page):
        numbers = range(first, min(first + per_page, gifts))
        yield [make_gift(number, gifts, chance) for number in numbers]


@dataclass(frozen=True)
class Question:
    """One question in both dialects. `$at` is a time in the last minutes, another each time."""

    name: str
    duckdb: str
    sqlite: str


QUESTIONS = (
    Question(
        "by hour and platform",
        "select date_trunc('hour', \"donatedAt\") as hour, platform, sum(amount) as total"
        ' from donations where "donatedAt" < $at::timestamp group by 1, 2 order by 1, 2',
        "select substr(donatedAt, 1, 13) as hour, platform, sum(amount) as total"
        " from donations where donatedAt < :at group by 1, 2 order by 1, 2",
    ),
    Question(
        "top donors of the last ten minutes",
        "select donor->>'$.name' as name, sum(amount) as total from donations"
        ' where "donatedAt" >= $at::timestamp group by 1 order by 2 desc, 1 limit 10',
        "select json_extract(item, '$.donor.name') as name, sum(amount) as total from donations"
        " where donatedAt >= :at group by 1 order by 2 desc, 1 limit 10",
    ),
    Question(
        "who gave after the appeal",
        "select key, donor->>'$.name' as name, amount from donations"
        ' where "donatedAt" >= $at::timestamp and amount >= 400'
        ' order by "donatedAt", key limit 100',
        "select key, json_extract(item, '$.donor.name') as name, amount from donations"
        " where donatedAt >= :at and amount >= 40000 order by donatedAt, key limit 100",
    ),
    Question(
        "by city, which is nested",
        "select donor->>'$.city' as city, count(*) as gifts, sum(amount) as total from donations"
        ' where "donatedAt" < $at::timestamp group by 1 order by 3 desc, 1 limit 20',
        "select json_extract(item, '$.donor.city') as city, count(*) as gifts, sum(amount) as total"
        " from donations where donatedAt < :at group by 1 order by 3 desc, 1 limit 20",
    ),
)


def pick_time(chance: random.Random) -> str:
    """Return a time about ten minutes before the end, so that no two questions are equal."""
    minutes = timedelta(minutes=9.5 + chance.random())
    return (BEGIN + EVENING - minutes).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
