"""What happens between two changes in a random run."""

from collections.abc import Callable
from random import Random

from tests.sinks.world import World


def let_happen(world: World, random: Random, change: Callable[[], None], *, can_lose: bool) -> None:
    """Let calls of the function, fills and faults begin, and time pass.

    `change` changes the source. With `can_lose`, records may be lost forever; else all come at some
    time.
    """
    for _ in range(random.randint(1, 3)):
        if random.random() < world.fill_chance:
            world.begin_fill()
        chance = random.random()
        if chance < 0.55:
            world.begin_call()
        elif chance < 0.8:
            world.begin_zombie()
        elif chance < 0.9 and world.can_lose:
            world.give_up()
        elif chance < 0.95:
            world.begin_redrive()
        elif chance < 0.98:
            world.renew_stream(loses=can_lose and world.can_lose)
        elif chance < 0.99:
            world.pass_days(forgets=can_lose)
        if random.random() < 0.3:
            world.surprise_fill(change)
        if random.random() < 0.5:
            world.run_some(random.randint(0, 25))
        else:
            world.run_one(random.randint(0, 80))
