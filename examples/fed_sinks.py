"""Tallyboard's way for record sinks: those of a folder take the events, as the function does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from examples.place import Place
from sinks.beginning import begin_sink
from sinks.choosing import choose_record_sinks
from sinks.consume import SinkConsumer
from sinks.filling import ReplicaFill
from sinks.kinds.replica import Replica
from sinks.sink_file import load_sinks
from sinks.targets import make_targets


class FedSinks:
    """The sinks of the files in a folder, all of one table."""

    def __init__(self, folder: Path, place: Place, say: Callable[[str], None]) -> None:
        found, errors = load_sinks(folder, {})
        if errors:
            raise errors[0]
        self._sinks = list(choose_record_sinks(found).values())
        self._dynamodb, self._say = place.dynamodb, say
        self._consumer = SinkConsumer(make_targets(self._sinks, place.dynamodb))
        self.table = self._sinks[0].source.table

    def begin(self) -> None:
        for sink in self._sinks:
            self._say(f"{sink.name}: {sink.describe()}")
            begin_sink(sink, self._dynamodb)
            if isinstance(sink, Replica):
                ReplicaFill(sink, self._dynamodb, settle_seconds=0).run()

    def take(self, event: dict[str, Any]) -> None:
        response = self._consumer.consume(event)
        if response["batchItemFailures"]:
            raise RuntimeError(f"a sink failed: {response}")

    def finish(self) -> None:
        """Do nothing: a sink has written what it took."""

    def end(self) -> None:
        """Do nothing: no process was started."""
