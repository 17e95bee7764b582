"""Stored queries: a file each in the folder `queries` beside the boards.

title = "Gifts of a platform"
boards = ["gala"]           # all boards, if left out
sql = "select count(*) as gifts from donations where platform = $platform"
limit = 100
timeout_ms = 5000
panel = true                # the answer is public: screens can show it
kind = "number"

[parameters.platform]
type = "text"
default = "Phone"
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aggregates.board_fields import BoardError, Fields, quote_value
from aggregates.board_name import NAME
from aggregates.held_panels import MAX_PANELS
from aggregates.panel import KINDS as PANEL_KINDS
from aggregates.toml_file import read_toml
from explore.parameters import KINDS, Parameter, ParameterError
from explore.request_limits import (
    DEFAULT_ROWS,
    DEFAULT_TIMEOUT_MS,
    MAX_PARAMETERS,
    MAX_ROWS,
    MAX_TIMEOUT_MS,
)

FOLDER = "queries"


@dataclass(frozen=True)
class StoredQuery:
    """A query that a file defines; `boards` is empty for all of them.

    `panel` is how screens show its answer, one of `aggregates.panel.KINDS`; empty if they may not.
    """

    name: str
    title: str
    sql: str
    parameters: tuple[Parameter, ...] = ()
    boards: tuple[str, ...] = ()
    limit: int = DEFAULT_ROWS
    timeout_ms: int = DEFAULT_TIMEOUT_MS
    panel: str = ""

    def is_for(self, board: str) -> bool:
        """Return whether the query can be asked of a board."""
        return not self.boards or board in self.boards


def load_stored(paths: str, boards: Iterable[str]) -> dict[str, StoredQuery]:
    """Return the stored queries by name; `paths` is a list of board files and folders, as `BOARDS`.

    Raises `BoardError` for a file that cannot be used.
    """
    places = [Path(place.strip()) for place in paths.split(",") if place.strip()]
    folders = {(place if place.is_dir() else place.parent) / FOLDER for place in places}
    known = frozenset(boards)
    found: dict[str, StoredQuery] = {}
    for file in sorted(file for folder in folders for file in folder.glob("*.toml")):
        query = load_query(file, known)
        if query.name in found:
            raise BoardError(f"{file}: there is another stored query {query.name!r}; rename one")
        found[query.name] = query
    for board in known:
        panels = list_panels(found, board)
        if len(panels) > MAX_PANELS:
            names = ", ".join(query.name for query in panels)
            raise BoardError(
                f"the board {board!r} has {len(panels)} panels ({names}), and can have"
                f" {MAX_PANELS}; take `panel = true` out of some, or name their boards"
            )
    return found


def load_query(file: Path, boards: frozenset[str]) -> StoredQuery:
    """Return the query that a file defines. Raises `BoardError`."""
    if not NAME.fullmatch(file.stem):
        raise BoardError(
            f"{file}: the file's name is the query's name: use small letters, digits, - and _,"
            " begin with a letter, at most 63 characters"
        )
    fields = Fields(read_toml(file, "a stored query"), file)
    query = StoredQuery(
        file.stem,
        fields.optional_text("title", "Gifts by platform") or file.stem,
        fields.text("sql", "select count(*) from donations"),
        _read_parameters(fields),
        _read_boards(fields, boards),
        _read_limit(fields, "limit", DEFAULT_ROWS, MAX_ROWS),
        _read_limit(fields, "timeout_ms", DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS),
        _read_panel(fields),
    )
    required = [one.name for one in query.parameters if one.is_required]
    if query.panel and required:
        text = f"is true, but nobody gives ${required[0]} its value: write a default for it"
        raise fields.error("panel", text)
    fields.refuse_unknown("a stored query")
    return query


def _read_boards(fields: Fields, known: frozenset[str]) -> tuple[str, ...]:
    listed = fields.get("boards", list, 'a list of boards, such as boards = ["gala"]')
    if listed is None:
        return ()
    for name in listed:
        if name not in known:
            there_are = ", ".join(sorted(known))
            raise fields.error("boards", f"has {quote_value(name)}; there are: {there_are}")
    return tuple(listed)


def _read_limit(fields: Fields, name: str, default: int, most: int) -> int:
    has_one = fields.take(name) is not None
    return fields.integer(name, 1, most) if has_one else default


def _read_panel(fields: Fields) -> str:
    is_panel = fields.boolean("panel")
    kind = fields.optional_text("kind", PANEL_KINDS[0])
    if kind is not None and not is_panel:
        raise fields.error("kind", "is the kind of a panel; write panel = true as well")
    if kind is not None and kind not in PANEL_KINDS:
        raise fields.error("kind", f"is {quote_value(kind)}; write {' or '.join(PANEL_KINDS)}")
    return (kind or PANEL_KINDS[0]) if is_panel else ""


def _read_parameters(fields: Fields) -> tuple[Parameter, ...]:
    table = fields.table("parameters")
    if table is None:
        return ()
    if len(table.names()) > MAX_PARAMETERS:
        raise fields.error("parameters", f"has more than {MAX_PARAMETERS}")
    return tuple(_read_parameter(table, name) for name in table.names())


def _read_parameter(table: Fields, name: str) -> Parameter:
    if not NAME.fullmatch(name):
        raise table.error(
            name, "use small letters, digits and _, as in $since; begin with a letter"
        )
    fields = table.table(name)
    assert fields is not None
    expected = f"one of {', '.join(KINDS)}"
    kind = fields.text("type", "text")
    if kind not in KINDS:
        raise fields.error("type", f"is {quote_value(kind)}; write {expected}")
    default = fields.take("default")
    is_given = default is not None
    parameter = Parameter(name, kind, None, is_required=not is_given)
    if is_given:
        text = str(default).lower() if isinstance(default, bool) else str(default)
        try:
            parameter = Parameter(name, kind, parameter.read(text), is_required=False)
        except ParameterError as error:
            raise fields.error("default", str(error)) from None
    fields.refuse_unknown("a parameter")
    return parameter


def find_stored(stored: Mapping[str, StoredQuery], board: str) -> list[StoredQuery]:
    """Return the stored queries of a board."""
    return [query for query in stored.values() if query.is_for(board)]


def list_panels(stored: Mapping[str, StoredQuery], board: str) -> list[StoredQuery]:
    """Return the stored queries whose answers a board's screens can show."""
    return [query for query in find_stored(stored, board) if query.panel]
