"""What the pages say about ClickHouse: the file can be read, and the dialect takes the SQL."""

import re
from pathlib import Path
from random import Random

import pytest

from aggregates.board_file import load_boards
from sinks.clickhouse.columns import Columns
from sinks.clickhouse.server import Server, quote_text
from sinks.clickhouse.tables import Tables
from sinks.clickhouse.versions import make_version
from sinks.kinds.clickhouse import ClickHouse
from sinks.sink_file import load_sinks
from tests.conftest import ROOT
from tests.explore.boards import invent, make_key
from tests.sinks.clickhouse.access import ENVIRONMENT
from tests.sinks.clickhouse.conftest import MakeSink

EXPLORE = (ROOT / "docs/explore.md").read_text("utf-8").partition("## Beyond one machine")[2]
SINKS = (ROOT / "docs/sinks.md").read_text("utf-8").partition("## ClickHouse")[2]
STATEMENTS = [
    statement.strip()
    for block in re.findall(r"```sql\n(.*?)```", EXPLORE.partition("\n## ")[0], re.DOTALL)
    for statement in block.split(";")
    if statement.strip()
]


@pytest.mark.parametrize("text", [EXPLORE, SINKS])
def test_the_file_on_the_page_is_one(tmp_path: Path, text: str) -> None:
    found = re.search(r"((?: {4}.*\n)+)", text)
    assert found
    (tmp_path / "columns.toml").write_text(found[1].replace("    ", ""), "utf-8")
    sinks, errors = load_sinks(tmp_path, load_boards(str(ROOT / "boards")))
    assert errors == []
    sink = sinks["columns"]
    assert isinstance(sink, ClickHouse)
    assert (sink.database, sink.table, sink.password) == (
        "gala",
        "donations",
        "CLICKHOUSE_PASSWORD",
    )


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda text: text[:20])
def test_clickhouse_knows_each_statement_on_the_page(make_sink: MakeSink, statement: str) -> None:
    # chDB cannot make users, but it reads the statements.
    server = Server(make_sink(), ENVIRONMENT)
    [[text]] = server.ask(f"SELECT formatQuerySingleLine({quote_text(statement)})")
    assert text[:5] == statement[:5]


def test_the_queries_on_the_page_answer(make_sink: MakeSink) -> None:
    sink = make_sink()
    server, columns = Server(sink, ENVIRONMENT), Columns(sink)
    tables = Tables(sink, columns, server)
    tables.prepare("a table")
    images = [
        invent(Random(number), make_key(number)) | {"donor": {"M": {"name": {"S": "Ada"}}}}
        for number in range(5)
    ]
    tables.insert((columns.make_row(image), make_version(1)) for image in images)
    tables.mark(1)
    queries = [one for one in STATEMENTS if one.startswith("SELECT")]
    answers = [server.ask(one.replace("gala.", f"{sink.database}.")) for one in queries]
    assert len(answers) == 2
    assert sum(int(row[1]) for row in answers[0]) >= 2
    assert [row[0] for row in answers[1]] == ["Ada"]
