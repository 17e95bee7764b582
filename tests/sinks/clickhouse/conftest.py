"""A server that answers with chDB, and a sink in a database of its own."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from sinks.kinds.clickhouse import ClickHouse
from tests.sinks.clickhouse.serving import has_chdb, make_clickhouse, serve_clickhouse

MakeSink = Callable[..., ClickHouse]


@pytest.fixture(scope="session")
def clickhouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server that the tests share; each has a database of its own."""
    if not has_chdb():
        reason = "chDB is not installed: .venv/bin/pip install --no-deps chdb-core==26.9.0"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with serve_clickhouse(tmp_path_factory.mktemp("chdb")) as url:
        yield url


@pytest.fixture
def make_sink(clickhouse_url: str) -> MakeSink:
    """Return a function that makes sinks of the example board, each with a database of its own."""

    def make(**changes: Any) -> ClickHouse:
        return replace(make_clickhouse(clickhouse_url), **changes)

    return make
