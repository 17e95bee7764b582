"""Plays: what happens together so seldom that random steps hardly meet it.

Each begins from whatever state the run is in; its calls and fills are as real as all others.
"""

from collections.abc import Callable
from random import Random

from donations.image_json import Image
from tests.sinks.world import World

Change = Callable[[], None]


def play(world: World, random: Random, change: Change, invent: Callable[[], Image] | None) -> None:
    """Play one of them. `invent` makes a new item; None for a rule, whose fill writes no item."""
    if invent is None:
        surprise_call(world, change)
        return
    chosen = random.choice(("fill", "fills", "stale", "call"))
    if chosen == "stale" and world.can_lose:
        leave_stale_call(world, invent)
    elif chosen == "fill":
        surprise_fill(world, change)
    elif chosen == "fills":
        begin_two_fills(world, change)
    else:
        surprise_call(world, change)


def surprise_fill(world: World, change: Change) -> None:
    """A fill reads; before it writes, the source is changed, and the change is taken."""
    fill = world.begin_fill()
    change()
    if world.reach_write(fill):
        change()
        for _ in range(2):
            if call := world.begin_call():
                world.run_to(call)


def begin_two_fills(world: World, change: Change) -> None:
    """A fill reads; before it writes, the source is changed, and another fill begins and ends."""
    first = world.begin_fill()
    change()
    if world.reach_write(first):
        for _ in range(3):
            change()
        world.run_to(world.begin_fill())
        world.run_to(first)


def leave_stale_call(world: World, invent: Callable[[], Image]) -> None:
    """An item comes and goes, and both records are given up. The first is delivered again: while
    its call waits, a fill begins and ends.
    """
    if not world.shard.is_read:
        return
    image = invent()
    key = {"id": image["id"]}
    world.write(image, key)
    world.write(None, key)
    world.give_up(2)
    call = world.begin_redrive(-2)
    if call is not None and world.run_to(call, world.write_call):
        world.run_to(world.begin_fill())
        world.run_to(call)


def surprise_call(world: World, change: Change) -> None:
    """A call is about to write; another one takes the same records, and later ones."""
    for _ in range(3):
        change()
    call = world.begin_call()
    if call is not None and world.run_to(call, world.write_call):
        for _ in range(2):
            if zombie := world.begin_zombie(0):
                world.run_to(zombie)
        world.run_to(call)
