"""1,500 gifts on a page of files, in a folder and in S3; some are corrected or taken back.

The published way is a function that reads the page's file in S3, adds what its batch changes, and
writes the file again, with the time of the batch's last change.
"""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from aggregates.board import ALL
from donations.side_table import create_side_table
from examples.place import Place

GIFTS = 1_500
_TABLE, _BUCKET, _PUBLISHED = "gifts", "gala-page", "published.json"
_PLATFORMS = ("Web", "Phone", "Hall")
_BEGAN = datetime(2026, 11, 21, 18, tzinfo=UTC)

Page = dict[str, Any]


class _Shown(NamedTuple):
    gifts: int
    dollars: int

    def __str__(self) -> str:
        return f"${self.dollars:,} of {self.gifts:,} gifts"


class Example:
    """Remembers what was given; `_went_back` is how often the published page became older."""

    def __init__(self, place: Place) -> None:
        self._dynamodb, self._s3 = place.dynamodb, place.s3
        self._site = place.folder / "page/sinks/site"
        self._given: dict[str, int] = {}
        self._writes = self._went_back = 0

    def create(self) -> None:
        """Create the table and the bucket."""
        create_side_table(self._dynamodb, _TABLE, ["giftId"])
        self._s3.create_bucket(Bucket=_BUCKET)

    def change(self) -> None:
        """Write all gifts; correct or take back some."""
        random = Random(11)
        for number in range(GIFTS):
            self._write(random, number)
            if random.random() < 0.05:
                self._write(random, random.randrange(number + 1))
            if random.random() < 0.03:
                key = f"gift-{random.randrange(number + 1):05}"
                self._dynamodb.delete_item(TableName=_TABLE, Key={"giftId": {"S": key}})
                self._given.pop(key, None)

    def take_as_published(self, event: dict[str, Any]) -> None:
        """Write the page again with what a batch adds."""
        page = self._read_published()
        before = page["as_of"]
        for record in event["Records"]:
            for image, sign in (("NewImage", 1), ("OldImage", -1)):
                if gift := record["dynamodb"].get(image):
                    page["amount"] += sign * int(gift["amount"]["N"])
                    page["count"] += sign
                    page["as_of"] = gift["writtenAt"]["S"] if sign > 0 else page["as_of"]
        self._went_back += page["as_of"] < before
        self._s3.put_object(Bucket=_BUCKET, Key=_PUBLISHED, Body=json.dumps(page).encode())

    def judge(self) -> list[tuple[str, int, str]]:
        """Return for each way its name, how many dollars it is off by, and what the page shows."""
        reply = self._s3.get_object(Bucket=_BUCKET, Key="board.json")
        pages = [json.loads((self._site / "board.json").read_bytes()), json.load(reply["Body"])]
        totals = [page["totals"][ALL] for page in pages]
        ours = [_Shown(total["count"], total["amount"] // 100) for total in totals]
        page = self._read_published()
        published = _Shown(page["count"], page["amount"])
        back = f"{self._went_back} times its time went back"
        return [
            ("Tallyboard", sum(map(self._judge, ours)), f"{ours[0]}, in the folder and in S3"),
            ("the published way", self._judge(published), f"{published}; {back}"),
        ]

    def _judge(self, shown: _Shown) -> int:
        """Return by how many gifts and dollars a page is wrong."""
        gifts, dollars = len(self._given), sum(self._given.values())
        return abs(shown.gifts - gifts) + abs(shown.dollars - dollars)

    def _read_published(self) -> Page:
        try:
            reply = self._s3.get_object(Bucket=_BUCKET, Key=_PUBLISHED)
        except self._s3.exceptions.NoSuchKey:
            return {"amount": 0, "count": 0, "as_of": ""}
        page: Page = json.load(reply["Body"])
        return page

    def _write(self, random: Random, number: int) -> None:
        key, amount = f"gift-{number:05}", random.choice((5, 10, 25, 50, 100))
        self._given[key] = amount
        self._writes += 1
        written_at = _BEGAN + timedelta(seconds=self._writes)
        item = {
            "giftId": {"S": key},
            "platform": {"S": random.choice(_PLATFORMS)},
            "amount": {"N": str(amount)},
            "writtenAt": {"S": written_at.isoformat()},
        }
        self._dynamodb.put_item(TableName=_TABLE, Item=item)
