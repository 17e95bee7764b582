"""What happens between two changes in a random run."""

from collections.abc import Callable
from random import Random

from donations.image_json import Image
from tests.sinks.plays import play
from tests.sinks.settling import is_detached
from tests.sinks.world import World


def let_happen(
    world: World,
    random: Random,
    change: Callable[[], None],
    *,
    invent: Callable[[], Image] | None = None,
    can_lose: bool,
) -> None:
    """Let calls of the function, fills and faults begin, and time pass.

    `change` changes the source, and `invent` makes a new item. With `can_lose`, records may be lost
    forever; else all come at some time.
    """
    for _ in range(random.randint(1, 3)):
        # Sooner or later, somebody fills a detached sink.
        wants_fill = random.random() < 0.2 and is_detached(world)
        if wants_fill or random.random() < world.fill_chance:
            world.begin_fill()
        chance = random.random()
        if chance < 0.52:
            world.begin_call()
        elif chance < 0.75:
            world.begin_zombie()
        elif chance < 0.82 and world.can_lose:
            world.give_up(random.randint(1, 3))
        elif chance < 0.86:
            world.begin_redrive()
        elif chance < 0.91:
            world.renew_stream(loses=can_lose and world.can_lose)
        elif chance < 0.93:
            world.pass_days(forgets=can_lose)
        elif world.fill_chance:
            # Calm runs have no plays, either: there the stream alone has to keep the sink exact.
            play(world, random, change, invent)
        if random.random() < 0.5:
            world.run_some(random.randint(0, 25))
        else:
            world.run_one(random.randint(0, 80))
