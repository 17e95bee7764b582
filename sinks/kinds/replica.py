"""The kind `replica`: an exact copy of a table in another table."""

from dataclasses import dataclass

from aggregates.board_fields import Fields
from sinks.definition import Boards, Source, read_source, read_target, refuse_counted

KIND = "replica"


@dataclass(frozen=True)
class Replica:
    """A copy of the table `source` in the table `target`, which has the same key.

    `attributes` are copied besides the key; None copies all.
    """

    name: str
    source: Source
    target: str
    attributes: frozenset[str] | None = None
    kind: str = KIND

    def describe(self) -> str:
        """Return what is copied, and where to."""
        what = (
            "all attributes"
            if self.attributes is None
            else f"the key and {', '.join(sorted(self.attributes))}"
        )
        return f"copies the table {self.source.table} to the table {self.target} ({what})"


def read(name: str, fields: Fields, boards: Boards) -> Replica:
    """Return the replica of a file."""
    source = read_source(fields, boards)
    target = read_target(fields, source, f"{source.table}-copy")
    refuse_counted(fields, target, boards)
    example = '["amount", "platform"]'
    value = fields.get("attributes", list, f"a list of attribute names, such as {example}")
    if value is None:
        return Replica(name, source, target)
    return Replica(name, source, target, frozenset(fields.texts("attributes", value, example)))
