"""A server that answers with chDB, and a sink in a database of its own."""

import importlib.util
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from aggregates.board_file import load_board
from sinks.clickhouse.server import Server
from sinks.definition import Source
from sinks.kinds.clickhouse import ClickHouse
from tests.conftest import ROOT
from tests.sinks.clickhouse.access import ENVIRONMENT, USER

MakeSink = Callable[..., ClickHouse]


@pytest.fixture(scope="session")
def clickhouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server that the tests share; each has a database of its own."""
    if importlib.util.find_spec("chdb") is None:
        reason = "chDB is not installed: .venv/bin/pip install -e '.[clickhouse-test]'"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    command = [sys.executable, "-m", "tests.sinks.clickhouse.chdb_server"]
    folder = tmp_path_factory.mktemp("chdb")
    with subprocess.Popen(
        [*command, str(folder)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port.isdecimal(), "chDB does not start"
        yield f"http://127.0.0.1:{port}"
        # It ends with its standard input.
        process.communicate(timeout=20)


@pytest.fixture
def make_sink(clickhouse_url: str) -> MakeSink:
    """Return a function that makes sinks of the example board, each with a database of its own."""

    def make(**changes: Any) -> ClickHouse:
        name = f"t{secrets.token_hex(5)}"
        example = load_board(ROOT / "boards/fundraiser.toml")
        board = replace(example, name=name, table=f"{name}-gifts")
        sink = ClickHouse(
            name=name,
            source=Source(board.table, board.key),
            board=board,
            url=clickhouse_url,
            database=name,
            table="donations",
            user=USER,
            password="CLICKHOUSE_PASSWORD",
        )
        Server(sink, ENVIRONMENT).run(f"CREATE DATABASE {name}")
        return replace(sink, **changes)

    return make
