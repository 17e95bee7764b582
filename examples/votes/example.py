"""3,000 text messages vote for three options, on counters with ten shards each.

The published way is that of AWS' "Vote App" (its template and its Lambda functions): the stream of
the table `VoteApp` starts a function that sums up how much the counters of a batch have grown, and
adds that to the table `VoteAppAggregates`.
"""

from collections import Counter
from random import Random
from typing import Any

from donations.side_table import create_side_table
from examples.place import Place

OPTIONS = ("RED", "GREEN", "BLUE")
TEXTS = 3_000
_SHARDS = 10
_TABLE, _OURS, _PUBLISHED = "VoteApp", "VoteAppAggregates", "VoteAppAggregates_published"


class Example:
    """Remembers how many votes were given."""

    def __init__(self, place: Place) -> None:
        self._dynamodb = place.dynamodb
        self._given: Counter[str] = Counter()

    def create(self) -> None:
        """Create the tables; the sink creates its own."""
        create_side_table(self._dynamodb, _TABLE, ["VotedFor"])
        create_side_table(self._dynamodb, _PUBLISHED, ["VotedFor"])

    def change(self) -> None:
        """Take text messages, as the published function does: what is no option is no vote."""
        random = Random(11)
        for _ in range(TEXTS):
            text = random.choice(("red", "RED ", "Green", "blue", " Blue", "hello"))
            option = text.upper().strip()
            if option not in OPTIONS:
                continue
            self._given[option] += 1
            self._add(_TABLE, f"{option}.{random.randint(1, _SHARDS)}", "Votes", 1)

    def take_as_published(self, event: dict[str, Any]) -> None:
        """Add what the counters of a batch have grown by."""
        grown: Counter[str] = Counter()
        for record in event["Records"]:
            new = record["dynamodb"]["NewImage"]
            old = record["dynamodb"].get("OldImage", {"Votes": {"N": "0"}})
            option = new["VotedFor"]["S"].partition(".")[0]
            grown[option] += int(new["Votes"]["N"]) - int(old["Votes"]["N"])
        for option, votes in grown.items():
            self._add(_PUBLISHED, option, "Vote", votes)

    def judge(self) -> list[tuple[str, int, str]]:
        """Return for each way its name, how many votes it is off by, and its votes."""
        return [
            self._judge("Tallyboard", _OURS, "votes"),
            self._judge("the published way", _PUBLISHED, "Vote"),
        ]

    def _judge(self, name: str, table: str, attribute: str) -> tuple[str, int, str]:
        items = self._dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
        found = {item["VotedFor"]["S"]: int(item[attribute]["N"]) for item in items}
        wrong = sum(abs(found.get(option, 0) - self._given[option]) for option in OPTIONS)
        votes = ", ".join(f"{option} {found.get(option, 0):,}" for option in OPTIONS)
        return name, wrong, f"{votes}, of {self._given.total():,} votes"

    def _add(self, table: str, key: str, attribute: str, votes: int) -> None:
        self._dynamodb.update_item(
            TableName=table,
            Key={"VotedFor": {"S": key}},
            UpdateExpression="ADD #votes :votes",
            ExpressionAttributeNames={"#votes": attribute},
            ExpressionAttributeValues={":votes": {"N": str(votes)}},
        )
