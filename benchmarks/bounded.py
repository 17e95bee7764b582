"""Measures reading and sending boards with a large past: `python -m benchmarks.bounded`.

Boards in one Redis, read in turns as the web app reads them: the example with a few hundred
donations, one with 50,000 groups, a leaderboard of 100,000 players, one with a donation in each of
500,000 minutes. *Place* is what the API reads for one group: its figures and its place.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from aggregates.batch import BatchEncoder, Change
from aggregates.board import Board, Groups
from aggregates.board_file import load_board
from aggregates.groups_page import read_group
from aggregates.keys import board_keys
from aggregates.scripts import apply_batch, read_snapshot
from tests.conftest import ROOT, RedisServer
from webapp.board_state import BoardState

_ROUNDS = 25
_BATCH = 5_000
_FIRST_MINUTE = 1_262_304_000 // 60


def make_changes(items: int, groups: int, minutes: int) -> Iterator[Change]:
    """Yield donations, spread over groups and minutes."""
    for number in range(items):
        image = {
            "donationId": {"S": f"d-{number}"},
            "platform": {"S": f"Team {number % groups:06}"},
            "amount": {"N": str(number % 97 + 1)},
            "donatedAt": {"N": str(60 * (_FIRST_MINUTE + number % minutes))},
        }
        yield Change(f"d-{number}", number + 1, image, time.time())


def fill(redis: Redis, board: Board, items: int, groups: int, minutes: int) -> None:
    """Count donations on a board."""
    encoder, changes = BatchEncoder(board), list(make_changes(items, groups, minutes))
    for first in range(0, items, _BATCH):
        batch = encoder.encode_stream(changes[first : first + _BATCH], stream_ms=1)
        apply_batch(redis, board_keys(board.name), batch)


async def measure(url: str, boards: list[Board]) -> dict[str, tuple[float, float, float, int]]:
    """Return by board: ms to read it, ms that its snapshot blocks, ms to read one group with its
    place, the snapshot's bytes.
    """
    read_ms: dict[str, list[float]] = {board.name: [] for board in boards}
    block_ms: dict[str, list[float]] = {board.name: [] for board in boards}
    place_ms: dict[str, list[float]] = {board.name: [] for board in boards}
    size = dict.fromkeys(read_ms, 0)
    async with AsyncRedis.from_url(url) as redis:
        for _ in range(_ROUNDS):
            for board in boards:
                began = time.perf_counter()
                snapshot = await read_snapshot(redis, board)
                read = time.perf_counter()
                assert snapshot is not None
                text = json.dumps(BoardState(board, snapshot).snapshot_json(time.time()))
                made = time.perf_counter()
                read_ms[board.name].append(1000 * (read - began))
                block_ms[board.name].append(1000 * (made - read))
                size[board.name] = len(text.encode())
                asked = time.perf_counter()
                page = await read_group(redis, board, "Team 000003")
                place_ms[board.name].append(1000 * (time.perf_counter() - asked))
                assert [one.group for one in page.groups] == ["Team 000003"]
    median = statistics.median
    return {
        name: (median(read_ms[name]), max(block_ms[name]), median(place_ms[name]), size[name])
        for name in size
    }


def main() -> None:
    """Print the table."""
    example = load_board(ROOT / "boards/fundraiser.toml")
    kinds = {
        "the example, 500 donations": ("example", 500, 6, 360),
        "50,000 groups": ("groups", 50_000, 50_000, 360),
        "100,000 players": ("players", 100_000, 100_000, 360),
        "500,000 minutes": ("minutes", 500_000, 6, 500_000),
    }
    server = RedisServer()
    try:
        boards = []
        with Redis.from_url(server.url) as redis:
            for name, items, groups, minutes in kinds.values():
                groups_of = Groups(is_contest=name == "players")
                boards.append(replace(example, name=name, groups=groups_of))
                fill(redis, boards[-1], items, groups, minutes)
        found = asyncio.run(measure(server.url, boards))
    finally:
        server.kill()
    head = f"{'read, ms':>10}{'of example':>12}{'place, ms':>11}{'of example':>12}{'block, ms':>11}"
    print(f"{'':28}{head}{'snapshot, bytes':>17}")
    usual_read, _, usual_place, _ = found["example"]
    for title, (name, *_) in kinds.items():
        read, block, place, size = found[name]
        print(
            f"{title:28}{read:10.1f}{read / usual_read:11.1f}x{place:11.2f}"
            f"{place / usual_place:11.1f}x{block:11.1f}{size:17,}"
        )


if __name__ == "__main__":
    main()
