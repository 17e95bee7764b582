"""Ends a random run, or a part of it: all calls end, and all records come."""

from sinks.sink_state import ATTACHED, DETACHED, SinkState
from tests.sinks.world import World

# Many more than it ever takes.
_MOST_TURNS = 40


def settle(world: World) -> SinkState:
    """Let everything end, deliver all, and fill what has to be filled; return the state."""
    for actor in world.actors:
        actor.fails = actor.kill_after = False
    for _ in range(_MOST_TURNS):
        world.run_some(20, with_faults=False)
        world.begin_call()
        if not world.actors and world.shard.later:
            world.call_again([world.shard.later.pop(0)])
        elif not world.actors:
            state = world.state.read()
            assert state is not None
            if state.status == ATTACHED:
                return state
            world.begin_fill()
    raise AssertionError("it does not come to an end")


def deliver_many_again(world: World) -> None:
    """Deliver most records again, in a random order."""
    records = [one for one in world.shard.records if world.random.random() < 0.7]
    world.random.shuffle(records)
    for record in records:
        world.call_again([record])
    for _ in range(_MOST_TURNS):
        if not world.actors:
            return
        world.run_some(200, with_faults=False)
    raise AssertionError("it does not come to an end")


def is_detached(world: World) -> bool:
    """Return whether somebody has to fill the sink."""
    state = world.state.read()
    return state is not None and state.status == DETACHED
