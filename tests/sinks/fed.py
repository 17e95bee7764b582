"""Sinks that are fed as the local system feeds them, for a while."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aggregates.board import Board
from local.dynamodb import connect_streams
from local.feeding import Place, start_feeding
from local.worker import Worker
from sinks.choosing import choose_record_sinks, choose_sinks


@contextmanager
def feeding_sinks(
    boards: Mapping[str, Board], paths: str, dynamodb: Any, say: Callable[[str], None]
) -> Iterator[None]:
    """Feed the sinks beside the board files `paths` within the block; no worker may fail."""
    workers: list[Worker] = []
    streams = connect_streams(dynamodb.meta.endpoint_url)
    sinks, errors = choose_sinks(boards, paths)
    assert errors == []
    start_feeding(
        choose_record_sinks(sinks).values(),
        Place(dynamodb, streams, say),
        lambda name, target, patience: workers.append(Worker(name, target, patience)),
    )
    try:
        yield
    finally:
        for worker in workers:
            worker.stop.set()
        for worker in workers:
            worker.join(worker.patience_seconds)
        streams.close()
    assert [worker.error for worker in workers if worker.error] == []
