"""A stream's records as the stream would make them, and how far its reader has got."""

from datetime import UTC, datetime
from random import Random
from typing import Any

from donations.image_json import Image
from lambda_handler.stream import parse_stream
from local.lambda_event import to_lambda_record

# Where streams' sequence numbers begin: they grow by a digit (compared as text, 99 is after 100),
# and those of the second and third stream are smaller.
_FIRST_NUMBERS = (95, 99_990, 10**21 - 3)


class Shard:
    """The records of a table's streams, one after the other; those before `checkpoint` are read.

    `later` are records that were given up: they are delivered again much later.
    """

    def __init__(self, table: str, random: Random) -> None:
        self._table, self._random = table, random
        self.records: list[dict[str, Any]] = []
        self.later: list[dict[str, Any]] = []
        self.checkpoint = 0
        self._open(1)

    @property
    def made_ms(self) -> int:
        return parse_stream(self._arn).made_ms

    @property
    def is_read(self) -> bool:
        return self.checkpoint == len(self.records)

    def add(self, key: Image, old: Image | None, new: Image | None, now_s: float) -> None:
        """Add the record of a change; None is no item."""
        self._number += self._random.choice((1, 1, 3, 900))
        data: dict[str, Any] = {
            "Keys": key,
            "SequenceNumber": str(self._number),
            "ApproximateCreationDateTime": datetime.fromtimestamp(int(now_s), UTC),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
        data |= {"OldImage": old} if old else {}
        data |= {"NewImage": new} if new is not None else {}
        name = "REMOVE" if new is None else "MODIFY" if old else "INSERT"
        record = {"eventID": str(self._number), "eventName": name, "dynamodb": data}
        self.records.append(to_lambda_record(record, self._arn))

    def take_due(self, most: int) -> list[dict[str, Any]]:
        """Return the records that are due, at most so many."""
        return self.records[self.checkpoint : self.checkpoint + most]

    def give_up(self, most: int) -> None:
        """Give up the records that are due, at most so many."""
        due = self.take_due(most)
        self.later += due
        self.checkpoint += len(due)

    def renew(self) -> None:
        """Replace the stream: its numbers start over. Nobody reads the rest of the old one."""
        del self.records[self.checkpoint :]
        self._open(self._count + 1)

    def _open(self, count: int) -> None:
        label = datetime(2030, 1, 1, 0, count, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.000")
        self._arn = f"arn:aws:dynamodb:us-east-1:000000000000:table/{self._table}/stream/{label}"
        self._count, self._number = count, _FIRST_NUMBERS[-count % 3]
