"""Starts a server that answers with chDB, and makes sinks of it, each with its own database."""

import importlib.util
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from aggregates.board_file import load_board
from sinks.clickhouse.server import Server
from sinks.definition import Source
from sinks.kinds.clickhouse import ClickHouse
from tests.conftest import ROOT
from tests.sinks.clickhouse.access import ENVIRONMENT, USER

_END_SECONDS = 20


def has_chdb() -> bool:
    return importlib.util.find_spec("chdb") is not None


@contextmanager
def serve_clickhouse(folder: Path) -> Iterator[str]:
    """Yield the address of a server whose files are in `folder`."""
    command = [sys.executable, "-m", "tests.sinks.clickhouse.chdb_server", str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port.isdecimal(), "chDB does not start"
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            # It ends with its standard input.
            process.communicate(timeout=_END_SECONDS)


def make_clickhouse(url: str) -> ClickHouse:
    """Return a sink of the example board's kind, in a database of its own."""
    name = f"t{secrets.token_hex(5)}"
    example = load_board(ROOT / "boards/fundraiser.toml")
    board = replace(example, name=name, table=f"{name}-gifts")
    sink = ClickHouse(
        name=name,
        source=Source(board.table, board.key),
        board=board,
        url=url,
        database=name,
        table="donations",
        user=USER,
        password="CLICKHOUSE_PASSWORD",
    )
    Server(sink, ENVIRONMENT).run(f"CREATE DATABASE {name}")
    return sink
