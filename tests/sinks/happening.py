"""What happens between two changes in a random run."""

from random import Random

from tests.sinks.world import World


def let_happen(world: World, random: Random, *, can_lose: bool) -> None:
    """Let calls of the function, fills and faults begin, and time pass.

    With `can_lose`, records may be lost for ever; else all come at some time.
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
        elif chance < 0.97:
            world.renew_stream(loses=can_lose and world.can_lose)
        elif chance < 0.98:
            world.pass_days(forgets=can_lose)
        world.run_some(random.randint(0, 25))
