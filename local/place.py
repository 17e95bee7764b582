"""Where commands with `--local` work: the system that `make run` or `make event` started."""

from aggregates.connection import connect
from local.attach import attach, find_cache
from local.dynamodb import connect_dynamodb, connect_streams
from operate.place import Place


def find_local_place() -> Place:
    """Return the boards and servers of the running system. Raises `LocalError`."""
    running, boards = attach(find_cache())
    endpoint = running.dynamodb
    dynamodb, streams = connect_dynamodb(endpoint), connect_streams(endpoint)
    return Place(
        boards, dynamodb, streams, connect(running.redis_url), running.sinks, running.explore_feed
    )
