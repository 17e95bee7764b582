"""The kind `clickhouse`: a board's table as rows in a ClickHouse server."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from aggregates.board import Board
from aggregates.board_fields import Fields, quote_value
from sinks.definition import Boards, Source, read_board, read_hidden

KIND = "clickhouse"
# The rows themselves are in this table; what people read is a view of them.
ROWS_SUFFIX = "_rows"
_USUAL_DATABASE = _USUAL_USER = "default"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)
# As variables are usually called; passwords rarely are.
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,79}", re.ASCII)
_PORTS = {"http": 8123, "https": 8443}


@dataclass(frozen=True)
class ClickHouse:
    """The rows of `board` at the server `url`; readers ask the view `table` in `database`.

    `password` names the environment variable that has the password of `user`; empty for none.
    `hidden` attributes never leave the function.
    """

    name: str
    source: Source
    board: Board
    url: str
    database: str
    table: str
    user: str
    password: str
    hidden: frozenset[str] = frozenset()
    kind: str = KIND

    @property
    def place(self) -> tuple[str, str, str]:
        """What only one sink may write into."""
        return self.url, self.database, self.table

    def describe(self) -> str:
        """Return what is written, and where to."""
        without = f" (without {', '.join(sorted(self.hidden))})" if self.hidden else ""
        return (
            f"keeps the rows of the table {self.source.table} in ClickHouse, as"
            f" {self.database}.{self.table} at {self.url}{without}"
        )


def read(name: str, fields: Fields, boards: Boards) -> ClickHouse:
    """Return the ClickHouse sink of a file."""
    board = read_board(fields, boards)
    usual = re.sub(r"\W", "_", board.table, flags=re.ASCII)
    table = _read_name(fields, "table", usual if _NAME.fullmatch(usual) else f"t_{usual}")
    if table.endswith(ROWS_SUFFIX):
        raise fields.error(
            "table", f"is {table!r}, and sinks keep their rows in such tables; name another"
        )
    return ClickHouse(
        name=name,
        source=Source(board.table, board.key),
        board=board,
        url=_read_url(fields),
        database=_read_name(fields, "database", _USUAL_DATABASE),
        table=table,
        user=fields.optional_text("user", "tallyboard") or _USUAL_USER,
        password=_read_variable(fields),
        hidden=read_hidden(fields, board),
    )


def _read_url(fields: Fields) -> str:
    """Return scheme, host and port."""
    example = "https://clickhouse.example.org:8443"
    text = fields.text("url", example)
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        raise fields.error("url", f'is no address; write "{example}"') from None
    if "@" in parts.netloc:
        # It is not quoted: it may have a password.
        raise fields.error(
            "url",
            "has a user or a password in it; write them as `user`, and as `password` the name of"
            " an environment variable",
        )
    rest = parts.path.rstrip("/") + parts.query + parts.fragment
    if parts.scheme not in _PORTS or not parts.hostname or rest:
        raise fields.error(
            "url",
            f'is {quote_value(text)}; write http or https, the host and the port: "{example}"',
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def _read_name(fields: Fields, field: str, usual: str) -> str:
    text = fields.optional_text(field, usual) or usual
    if not _NAME.fullmatch(text):
        raise fields.error(
            field,
            f"is {quote_value(text)}; write at most 100 letters (a to z), digits and _, and begin"
            " with a letter",
        )
    return text


def _read_variable(fields: Fields) -> str:
    example = "CLICKHOUSE_PASSWORD"
    text = fields.optional_text("password", example) or ""
    if text and not _VARIABLE.fullmatch(text):
        # It is not quoted: it may be the password.
        raise fields.error(
            "password",
            "names no environment variable. Is it the password itself? Put that into a variable,"
            f' and write the variable\'s name here, such as password = "{example}"',
        )
    return text
