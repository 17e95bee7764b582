"""A board, and items that it counts, rejects and leaves out."""

from pathlib import Path
from random import Random

from aggregates.board import Board
from aggregates.board_file import load_board
from donations.image_json import Image

# So few, that each is changed again and again.
ITEMS = 6
_TEXT = """
title = "Explored"
table = "{table}"
key = "donationId"
group_by = "platform"
time = "donatedAt"
[measures.amount]
attribute = "amount"
unit = "USD"
[where]
test = [false]
"""


def make_board(folder: Path, name: str) -> Board:
    """Return a board of a table of its own."""
    path = folder / f"{name}.toml"
    path.write_text(_TEXT.format(table=f"{name}-table"), "utf-8")
    return load_board(path)


def make_key(number: int | str) -> Image:
    return {"donationId": {"S": f"d-{number}"}}


def invent(random: Random, key: Image) -> Image:
    """Return an item; of five, about one is rejected and one is outside the board."""
    image: Image = {
        **key,
        "platform": {"S": random.choice(("Phone", "Web", "  Text  message "))},
        "amount": {"N": str(random.randint(1, 10**6) / 100)},
        "donatedAt": {"S": f"2026-11-{random.randint(10, 29)}T10:00:00+0{random.randint(0, 9)}:00"},
        "n": {"N": str(random.randrange(10**6))},
    }
    chance = random.random()
    if chance < 0.1:
        image["amount"] = {"S": "ten dollars"}
    elif chance < 0.15:
        image["donatedAt"] = {"S": "yesterday"}
    elif chance < 0.2:
        del image["platform"]
    elif chance < 0.35:
        image["test"] = {"BOOL": True}
    extra: list[Image] = [
        {"zip": {"N": "12345"}, "Zip": {"S": "a"}},
        {"zip": {"S": "0123"}, "order": {"BOOL": False}},
        {"big": {"N": "12345678901234567890123456789012345678"}, "key": {"S": "its own"}},
        {"raw": {"B": b"\x00\xff"}, "tags": {"SS": ["b", "a"]}, "item": {"NULL": True}},
        {"donor": {"M": {"name": {"S": 'Ada \u2764 "q"'}, "ages": {"L": [{"N": "1.5"}]}}}},
        {"numbers": {"NS": ["2", "10", "1E+2"]}, "at": {"S": ""}, 'a b"c': {"N": "-0.5"}},
    ]
    return image | random.choice(extra)
