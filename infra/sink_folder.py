"""The folder of the sinks' files that the operator names."""

from pathlib import Path
from typing import NamedTuple

from aggregates.board import Board
from infra.errors import DeployError
from sinks.choosing import RecordSink, choose_record_sinks
from sinks.definition import Sink
from sinks.kinds.page import Page
from sinks.kinds.sql import Sql
from sinks.kinds.totals import Totals
from sinks.sink_file import load_sinks

NONE = "none"


class SinkFolder(NamedTuple):
    """A folder, its sinks that take records, and those that take the board's totals.

    `left_out` are the names of sinks of the kind sql if no service answers SQL; else they are among
    those that take records.
    """

    path: str
    records: list[RecordSink]
    totals: list[Page | Totals]
    left_out: tuple[str, ...] = ()

    @property
    def sql(self) -> Sql | None:
        """The board's sink of the kind sql, if it is deployed."""
        return next((sink for sink in self.records if isinstance(sink, Sql)), None)

    def find_file(self, sink: Sink) -> Path:
        """Return a sink's file."""
        return Path(self.path) / f"{sink.name}.toml"


def read_folder(
    given: str | None, known: str, board: Board, *, with_sql: bool = False
) -> SinkFolder | None:
    """Return the folder with its sinks; None for none. Raises `DeployError` for a mistake in it.

    `given` is what the operator named, or `none`; without it the folder `known` stays. `with_sql`
    is whether a service answers SQL.
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
    left_out = [] if with_sql else [n for n, sink in found.items() if isinstance(sink, Sql)]
    deployed = {name: sink for name, sink in found.items() if name not in left_out}
    if not deployed and given:
        raise DeployError(
            f"SINKS is {path}, which has sinks of the kind sql alone; they are deployed with"
            " EXPLORE=1 (docs/operations.md)"
        )
    return SinkFolder(
        path,
        list(choose_record_sinks(deployed).values()),
        [sink for sink in deployed.values() if isinstance(sink, Page | Totals)],
        tuple(left_out),
    )


def describe_left_out(folder: SinkFolder | None) -> list[str]:
    """Return which sinks are not deployed, a line each."""
    return [
        f"  The sink {name} of the kind sql is left out: EXPLORE=1 deploys what answers SQL."
        for name in (folder.left_out if folder else ())
    ]
