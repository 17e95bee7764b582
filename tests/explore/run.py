"""One random run of a world; it tells what is wrong."""

from pathlib import Path
from random import Random
from typing import Any

from explore.engine_process import MODULE
from tests.explore.world import World

_EVENTS, _TOGETHER = 24, 6


def run_world(seed: int, dynamodb: Any, folder: Path, without: str = "") -> list[str]:
    """Return how the rows differ from the table after a random run; nothing if they are exact."""
    random = Random(seed)
    module = ("tests.explore.engine_without", without) if without else MODULE
    world = World(random, dynamodb, folder, module)
    try:
        for count in range(1, _EVENTS + 1):
            _let_happen(world, random)
            # Later changes hide what went wrong, so look in between.
            if count % _TOGETHER == 0 and (wrong := world.look()):
                return [f"after {count} events: {text}" for text in wrong]
        # Everything once more, in any order: no old record may come through.
        again = [*world.records]
        random.shuffle(again)
        for start in range(0, len(again), 5):
            world.call_until_taken(again[start : start + 5])
        return [f"after all came again: {text}" for text in world.look()]
    finally:
        world.close()


def _let_happen(world: World, random: Random) -> None:
    world.change()
    chance = random.random()
    if chance < 0.36:
        world.deliver(random.randint(1, 6))
    elif chance < 0.44:
        world.deliver(while_taken=world.service.kill_engine)
    elif chance < 0.66:
        world.deliver_again()
    elif chance < 0.73:
        world.lose()
    elif chance < 0.82:
        world.redrive()
    elif chance < 0.86:
        world.begin_fill()
    elif chance < 0.94:
        world.fill_now()
    elif chance < 0.96:
        world.service.kill_engine()
    else:
        world.restart()
