"""Random runs of a replica and of rules; each tells what is wrong at its end."""

import secrets
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from donations.image_json import Image, encode_image
from sinks.comparison import parse_comparison
from sinks.definition import Source
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.template import parse_template
from tests.sinks.world import World

_EVENTS = 30
Run = Callable[[int, Any, str], list[str]]


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
        world.settle()
        for count in range(_EVENTS):
            _change_items(world, random, count)
            _let_happen(world, random, can_lose=True)
        # A sink hears of a new stream by its first record.
        world.write({"id": {"S": "last"}, "n": {"N": "1"}}, {"id": {"S": "last"}})
        world.settle()
        wrong = _compare(world, attributes, "at the end")
        world.deliver_all_again()
        return wrong + _compare(world, attributes, "after all came again")
    finally:
        world.remove()


def _change_items(world: World, random: Random, count: int) -> None:
    for _ in range(random.randint(0, 3)):
        key = {"id": {"S": f"item-{random.randrange(5)}"}}
        image = None if random.random() < 0.35 else key | _invent(random, count)
        world.write(image, key, is_recorded=True)


def _invent(random: Random, count: int) -> Image:
    image: Image = {"n": {"N": str(count)}, "set": {"SS": ["a", f"b{count}"]}}
    extra: list[Image] = [
        {"big": {"N": "12345678901234567890123456789012345678"}},
        {"raw": {"B": b"\x00\xff"}, "raws": {"BS": [b"\x01", b"\xfe"]}},
        {"list": {"L": [{"M": {"deep": {"B": b"\x80"}}}, {"NULL": True}]}},
        {"yes": {"BOOL": True}, "numbers": {"NS": ["1", "2.5"]}, "empty": {"S": ""}},
    ]
    return image | random.choice(extra)


def _let_happen(world: World, random: Random, *, can_lose: bool) -> None:
    can_lose = can_lose and world.can_lose
    for _ in range(random.randint(1, 3)):
        if random.random() < world.fill_chance:
            world.begin_fill()
        chance = random.random()
        if chance < 0.6:
            world.begin_call()
        elif chance < 0.92:
            world.begin_zombie()
        elif chance < 0.95 and can_lose:
            world.give_up()
        elif chance < 0.97:
            world.renew_stream(loses=can_lose)
        world.run_some(random.randint(0, 25))


def _compare(world: World, attributes: frozenset[str] | None, when: str) -> list[str]:
    def read(table: str) -> set[str]:
        return {encode_image(_sort(item)) for item in world.scan(table)}

    wanted = {
        encode_image(
            _sort({k: v for k, v in item.items() if not attributes or k in {"id", *attributes}})
        )
        for item in world.scan(world.sink.source.table)
    }
    found = read(world.sink.target)
    return [f"{when}: {'lacks' if one in wanted else 'has'} {one}" for one in wanted ^ found]


def _sort(item: Image) -> Image:
    return {
        name: {t: sorted(v) if t in ("SS", "NS", "BS") else v for t, v in typed.items()}
        for name, typed in item.items()
    }


def run_rule(seed: int, dynamodb: Any, without: str = "") -> list[str]:
    """Return which crossings have no item, or two, after a random run of a rule."""
    random = Random(seed)
    name = f"rule-{secrets.token_hex(5)}"
    margin = random.choice((None, Decimal("2.5")))
    when = parse_comparison("stock < least")
    assert when is not None
    item = {key: parse_template(text) for key, text in (("rid", "{id}"), ("n", "{n}"))}
    rule = Rule(
        name=name,
        source=Source(f"{name}-from", ("id",)),
        when=when,
        target=f"{name}-to",
        target_key=("rid",),
        item={key: value for key, value in item.items() if value is not None},
        on_insert=random.random() < 0.5,
        margin=margin,
    )
    world = World(seed, dynamodb, rule, without)
    wanted: set[str] = set()
    used: list[str] = []
    stocks: dict[str, int] = {}
    held: set[str] = set()
    try:
        for count in range(_EVENTS):
            for _ in range(random.randint(0, 3)):
                key, after = f"item-{random.randrange(4)}", random.choice((None, 1, 8, 10, 12, 20))
                before = stocks.pop(key, None)
                number = f"{count}.{len(wanted)}{len(stocks)}{random.randrange(10**6)}"
                if after is not None:
                    stocks[key] = after
                    world.write(
                        {
                            "id": {"S": key},
                            "stock": {"N": str(after)},
                            "least": {"N": "10"},
                            "n": {"S": number},
                        },
                        {"id": {"S": key}},
                    )
                else:
                    world.write(None, {"id": {"S": key}})
                was_low = before is not None and before < 10
                is_new = before is None
                if after is None or (margin is not None and after >= 12.5):
                    held.discard(key)
                elif after < 10 and not was_low and (rule.on_insert or not is_new):
                    if key not in held:
                        wanted.add(number)
                    if margin is not None:
                        held.add(key)
            _let_happen(world, random, can_lose=False)
            if random.random() < 0.3:
                used += _use_up(world)
        world.settle()
        world.deliver_all_again()
        found = [one["n"]["S"] for one in world.scan(rule.target)] + used
        twice = {one for one in found if found.count(one) > 1}
        return [f"twice: {one}" for one in twice] + [
            f"{'missing' if one in wanted else 'not wanted'}: {one}" for one in wanted ^ set(found)
        ]
    finally:
        world.remove()


def _use_up(world: World) -> list[str]:
    """Delete an action's item, as a program does that has carried it out."""
    items = world.scan(world.sink.target)[:1]
    for item in items:
        world.dynamodb.delete_item(TableName=world.sink.target, Key={"rid": item["rid"]})
    return [item["n"]["S"] for item in items]


RUNS: dict[str, Run] = {"replica": run_replica, "rule": run_rule}
