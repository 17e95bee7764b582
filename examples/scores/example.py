"""6,000 games of 5,200 players; some scores are corrected, and some games are annulled.

The published way is the usual function for `GameScoresByUser`: it adds what each record of the
stream says to the player's score.
"""

from collections import Counter
from random import Random
from typing import Any

from aggregates.board import ALL
from donations.side_table import create_side_table
from examples.asking import fetch_json
from examples.place import Place

PLAYERS, GAMES = 5_200, 6_000
_CORRECTED, _ANNULLED = 0.03, 0.02
_TABLE, _OURS, _PUBLISHED = "GameScores", "GameScoresByUser", "GameScoresByUser_published"
_BATCH_ITEMS = 25
# The player whose place is asked for.
ONE = "player-0042"


class Example:
    """Remembers the score of each player."""

    def __init__(self, place: Place) -> None:
        self._dynamodb, self._web_url = place.dynamodb, place.web_url
        self._scores: Counter[str] = Counter()

    def create(self) -> None:
        """Create the tables; the sink creates its own."""
        create_side_table(self._dynamodb, _TABLE, ["gameId"])
        create_side_table(self._dynamodb, _PUBLISHED, ["userId"])

    def change(self) -> None:
        """Write all games; then correct or annul some."""
        random = Random(11)
        # Everybody has played at least once.
        players = [*range(PLAYERS), *(random.randrange(PLAYERS) for _ in range(GAMES - PLAYERS))]
        games = [_make_game(n, player, random) for n, player in enumerate(players)]
        for start in range(0, GAMES, _BATCH_ITEMS):
            puts = [{"PutRequest": {"Item": item}} for item in games[start : start + _BATCH_ITEMS]]
            self._dynamodb.batch_write_item(RequestItems={_TABLE: puts})
        for number, player in enumerate(players):
            game, chance = games[number], random.random()
            if chance < _CORRECTED:
                game = _make_game(number, player, random)
                self._dynamodb.put_item(TableName=_TABLE, Item=game)
            elif chance < _CORRECTED + _ANNULLED and number >= PLAYERS:
                self._dynamodb.delete_item(TableName=_TABLE, Key={"gameId": game["gameId"]})
                continue
            self._scores[game["userId"]["S"]] += int(game["score"]["N"])

    def take_as_published(self, event: dict[str, Any]) -> None:
        """Add to each player's score what a record changes."""
        for record in event["Records"]:
            for image, sign in (("NewImage", 1), ("OldImage", -1)):
                if game := record["dynamodb"].get(image):
                    self._dynamodb.update_item(
                        TableName=_PUBLISHED,
                        Key={"userId": game["userId"]},
                        UpdateExpression="ADD score :score",
                        ExpressionAttributeValues={
                            ":score": {"N": str(sign * int(game["score"]["N"]))}
                        },
                    )

    def judge(self) -> list[tuple[str, int, str]]:
        """Return for each way its name, how many figures are wrong, and who leads."""
        ours, published = self._read(_OURS), self._read(_PUBLISHED)
        del ours[ALL]
        wrong, shown, place = self._ask(ours)
        return [
            ("Tallyboard", self._compare(ours) + wrong, self._tell(ours, shown, place)),
            (
                "the published way",
                self._compare(published),
                self._tell(published, _rank(published)[:3], _rank(published).index(ONE) + 1),
            ),
        ]

    def _ask(self, ours: dict[str, int]) -> tuple[int, list[str], int]:
        """Ask the web app who leads, and for one player's place; return how much is wrong."""
        ranked, base = _rank(self._scores), "/api/boards/leaderboard"
        told = fetch_json(self._web_url, base)
        shown = [player for player in told["totals"] if player != ALL]
        one = fetch_json(self._web_url, f"{base}/groups/{ONE}")
        place: int = one["place"]
        wrong = sum(found != wanted for found, wanted in zip(shown, ranked, strict=False))
        wrong += place != ranked.index(ONE) + 1
        wrong += one["totals"]["score"] != ours[ONE]
        return wrong, shown[:3], place

    def _compare(self, found: dict[str, int]) -> int:
        return sum(
            found.get(one) != self._scores.get(one) for one in found.keys() | self._scores.keys()
        )

    def _tell(self, scores: dict[str, int], first: list[str], place: int) -> str:
        leaders = ", ".join(f"{player} {scores[player]:,}" for player in first)
        return f"{len(scores):,} players; first {leaders}; {ONE} is in place {place:,}"

    def _read(self, table: str) -> dict[str, int]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
        return {item["userId"]["S"]: int(item["score"]["N"]) for item in items}


def _make_game(number: int, player: int, random: Random) -> dict[str, Any]:
    return {
        "gameId": {"S": f"game-{number:05}"},
        "userId": {"S": f"player-{player:04}"},
        "score": {"N": str(random.randint(10, 9_999))},
    }


def _rank(scores: dict[str, int]) -> list[str]:
    return sorted(scores, key=lambda player: (-scores[player], player))
