"""Random runs of a replica; each tells what is wrong at its end."""

import secrets
from functools import partial
from random import Random
from typing import Any

from donations.image_json import Image, encode_image
from sinks.definition import Source
from sinks.kinds.replica import Replica
from tests.sinks.happening import let_happen
from tests.sinks.settling import deliver_many_again, settle
from tests.sinks.world import World

_EVENTS, _EVENTS_TOGETHER = 30, 4


def run_replica(seed: int, dynamodb: Any, without: str = "") -> list[str]:
    """Return how the copy differs from its table after a random run; nothing if it is exact."""
    name = f"copy-{secrets.token_hex(5)}"
    random = Random(seed)
    attributes = random.choice((None, None, frozenset({"n", "set"})))
    world = World(
        seed,
        dynamodb,
        Replica(name, Source(f"{name}-from", ("id",)), f"{name}-to", attributes),
        without,
    )
    try:
        settle(world)
        for count in range(_EVENTS):
            _change_items(world, random, count)
            change = partial(_change_items, world, random, count)
            new = partial(_invent_item, random, count)
            let_happen(world, random, change, invent=new, can_lose=True)
            # Later changes hide what went wrong, so look at once.
            if count % _EVENTS_TOGETHER == 0 and (wrong := _look(world, attributes, count)):
                return wrong
        wrong = _look(world, attributes, _EVENTS)
        if random.random() < 0.5:
            world.pass_days(forgets=True)
        deliver_many_again(world)
        return wrong + _compare(world, attributes, "after many came again")
    finally:
        world.remove()


def _change_items(world: World, random: Random, count: int) -> None:
    for _ in range(random.randint(0, 3)):
        key = {"id": {"S": f"item-{random.randrange(5)}"}}
        image = None if random.random() < 0.35 else key | _invent(random, count)
        world.write(image, key)


def _invent_item(random: Random, count: int) -> Image:
    """Return an item that the run has not had."""
    return {"id": {"S": f"new-{count}-{random.randrange(10**9)}"}} | _invent(random, count)


def _invent(random: Random, count: int) -> Image:
    image: Image = {"n": {"N": str(count)}, "set": {"SS": ["a", f"b{count}"]}}
    extra: list[Image] = [
        {"big": {"N": "12345678901234567890123456789012345678"}},
        {"raw": {"B": b"\x00\xff"}, "raws": {"BS": [b"\x01", b"\xfe"]}},
        {"list": {"L": [{"M": {"deep": {"B": b"\x80"}}}, {"NULL": True}]}},
        {"yes": {"BOOL": True}, "numbers": {"NS": ["1", "2.5"]}, "empty": {"S": ""}},
    ]
    return image | random.choice(extra)


def _look(world: World, attributes: frozenset[str] | None, count: int) -> list[str]:
    """Let all come, and compare both tables."""
    # A sink hears of a new stream by its first record.
    world.write({"id": {"S": "last"}, "n": {"N": str(count)}}, {"id": {"S": "last"}})
    settle(world)
    return _compare(world, attributes, f"after {count} events")


def _compare(world: World, attributes: frozenset[str] | None, when: str) -> list[str]:
    def read(table: str) -> set[str]:
        return {encode_image(_sort(item)) for item in world.scan(table)}

    wanted = {
        encode_image(
            _sort({k: v for k, v in item.items() if not attributes or k in {"id", *attributes}})
        )
        for item in world.scan(world.sink.source.table)
    }
    found = read(world.target)
    return [f"{when}: {'lacks' if one in wanted else 'has'} {one}" for one in wanted ^ found]


def _sort(item: Image) -> Image:
    return {
        name: {t: sorted(v) if t in ("SS", "NS", "BS") else v for t, v in typed.items()}
        for name, typed in item.items()
    }
