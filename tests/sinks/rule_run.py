"""Random runs of a rule; each tells what is wrong at its end."""

import secrets
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from donations.image_json import Image
from sinks.comparison import parse_comparison
from sinks.definition import Source
from sinks.kinds.rule import Rule
from sinks.template import parse_template
from tests.sinks.happening import let_happen
from tests.sinks.settling import deliver_many_again, settle
from tests.sinks.world import World

_EVENTS = 30
_LEAST, _MARGIN = 10, Decimal("2.5")
_STOCKS = (None, 1, 8, 10, 12, 20)


class Crossings:
    """The crossings of a run, by the number of their change, each with its period.

    Each period has to have one action. Without a margin, each crossing is one.
    """

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._stocks: dict[str, int] = {}
        self._periods: dict[str, int] = {}
        self.found: dict[str, tuple[str, int]] = {}
        self.firsts: set[str] = set()

    def change(self, key: str, after: int | None, number: str) -> None:
        """Take note of a change to a stock; None deletes the item."""
        before = self._stocks.pop(key, None)
        if after is not None:
            self._stocks[key] = after
        if after is None or self._rule.margin is None or after >= _LEAST + _MARGIN:
            self._periods[key] = self._periods.get(key, 0) + 1
        if after is None or after >= _LEAST or (before is None and not self._rule.on_insert):
            return
        if before is None or before >= _LEAST:
            period = (key, self._periods.get(key, 0))
            if period not in self.found.values():
                self.firsts.add(number)
            self.found[number] = period


def run_rule(seed: int, dynamodb: Any, without: str = "") -> list[str]:
    """Return which crossings have no action, or two, after a random run of a rule."""
    random = Random(seed)
    rule = _make_rule(random)
    world = World(seed, dynamodb, rule, without)
    crossings = Crossings(rule)
    used: list[str] = []
    numbers, items = count(), random.choice((1, 4))

    def change() -> None:
        for _ in range(random.randint(0, 3)):
            key, after = f"item-{random.randrange(items)}", random.choice(_STOCKS)
            number = str(next(numbers))
            crossings.change(key, after, number)
            world.write(_make_item(key, after, number), {"id": {"S": key}})

    try:
        for _ in range(_EVENTS):
            change()
            let_happen(world, random, change, can_lose=False)
            if random.random() < 0.3:
                used += _use_up(world)
        settle(world)
        wrong = _compare(world, crossings, used)
        if random.random() < 0.5:
            world.pass_days(forgets=True)
        deliver_many_again(world)
        return wrong or _compare(world, crossings, used)
    finally:
        world.remove()


def _make_rule(random: Random) -> Rule:
    name = f"rule-{secrets.token_hex(5)}"
    when = parse_comparison("stock < least")
    assert when is not None
    item = {key: parse_template(text) for key, text in (("rid", "{id}"), ("n", "{n}"))}
    return Rule(
        name=name,
        source=Source(f"{name}-from", ("id",)),
        when=when,
        target=f"{name}-to",
        target_key=("rid",),
        item={key: value for key, value in item.items() if value is not None},
        on_insert=random.random() < 0.5,
        margin=random.choice((None, _MARGIN)),
    )


def _make_item(key: str, stock: int | None, number: str) -> Image | None:
    if stock is None:
        return None
    least = {"N": str(_LEAST)}
    return {"id": {"S": key}, "stock": {"N": str(stock)}, "least": least, "n": {"S": number}}


def _compare(world: World, crossings: Crossings, used: list[str]) -> list[str]:
    acted = [one["n"]["S"] for one in world.scan(world.target)] + used
    strange = [f"not wanted: {one}" for one in acted if one not in crossings.found]
    periods = [crossings.found[one] for one in acted if one in crossings.found]
    strange += [f"twice: {one}" for one in set(periods) if periods.count(one) > 1]
    strange += [f"missing: {one}" for one in set(crossings.found.values()) - set(periods)]
    if not world.can_lose:
        # Records that were given up come out of order; else the first crossing acts.
        strange += [f"not the first: {one}" for one in acted if one not in crossings.firsts]
    return strange


def _use_up(world: World) -> list[str]:
    """Delete an action's item, as a program does that has carried it out."""
    items = world.scan(world.target)[:1]
    for item in items:
        world.dynamodb.delete_item(TableName=world.target, Key={"rid": item["rid"]})
    return [item["n"]["S"] for item in items]
