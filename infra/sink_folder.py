"""The folder of the sinks' files that the operator names."""

from pathlib import Path
from typing import NamedTuple

from aggregates.board import Board
from infra.errors import DeployError
from sinks.choosing import choose_record_sinks
from sinks.definition import Sink
from sinks.kinds.clickhouse import ClickHouse
from sinks.kinds.page import Page
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.kinds.sql import Sql
from sinks.kinds.totals import Totals
from sinks.sink_file import load_sinks

NONE = "none"


class SinkFolder(NamedTuple):
    """A folder, its sinks that take records, and those that take the board's totals."""

    path: str
    records: list[Replica | Rule | ClickHouse]
    totals: list[Page | Totals]

    def find_file(self, sink: Sink) -> Path:
        """Return a sink's file."""
        return Path(self.path) / f"{sink.name}.toml"


def read_folder(given: str | None, known: str, board: Board) -> SinkFolder | None:
    """Return the folder with its sinks; None for none. Raises `DeployError` for a mistake in it.

    `given` is what the operator named, or `none`; without it the folder `known` stays.
    """
    path = given or known or NONE
    if path.lower() == NONE:
        return None
    if not Path(path).is_dir():
        raise DeployError(
            f"SINKS is {path}, and there is no such folder; name the folder of the sinks' files"
            " (SINKS=boards/sinks), or SINKS=none for none"
        )
    found, errors = load_sinks(Path(path), {board.name: board})
    if errors:
        raise DeployError("\n".join(map(str, errors)))
    if not found:
        raise DeployError(f"SINKS is {path}, which has no sink; SINKS=none is for none")
    # What is deployed has no service that answers SQL.
    deployed = {name: sink for name, sink in found.items() if not isinstance(sink, Sql)}
    if not deployed:
        raise DeployError(
            f"SINKS is {path}, which has sinks of the kind sql alone; they run on one machine"
            " (docs/explore.md) and are not deployed"
        )
    records = choose_record_sinks(deployed).values()
    return SinkFolder(
        path,
        [sink for sink in records if not isinstance(sink, Sql)],
        [sink for sink in deployed.values() if isinstance(sink, Page | Totals)],
    )
