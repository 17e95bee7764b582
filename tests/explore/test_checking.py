"""`check_sql` lets one SELECT over the board's table through, and nothing else."""

import time
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explore.checking import check_sql
from explore.errors import QueryRefused
from explore.refused_names import find_refused_function
from tests.explore.queries import ALLOWED, REFUSED

# Functions with a side effect that may run, because nobody else notices it.
_HARMLESS = {"error", "gen_random_uuid", "random", "uuid", "uuidv4", "uuidv7"}
_SECONDS_FOR_PARSING = 5.0


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a database with the board's table, and a table that no query may read."""
    with duckdb.connect() as made:
        made.execute(
            "CREATE TABLE donations"
            " (key VARCHAR, amount DECIMAL(18, 2), platform VARCHAR, item JSON)"
        )
        made.execute("INSERT INTO donations VALUES ('d', 1, 'p', '{}')")
        made.execute("CREATE TABLE secret AS SELECT 'SECRET' AS a")
        yield made


@pytest.mark.parametrize("sql", ALLOWED)
def test_a_query_over_the_boards_table_may_run(
    connection: duckdb.DuckDBPyConnection, sql: str
) -> None:
    check_sql(connection, sql, ["donations"])


@pytest.mark.parametrize("sql", ALLOWED)
def test_what_may_run_runs_also_inside_another_select(
    connection: duckdb.DuckDBPyConnection, sql: str
) -> None:
    with connection.cursor() as cursor:
        [statement] = cursor.extract_statements(sql)
        inner = statement.query.rstrip("; ")
        values = {"p": "p"} if "$p" in sql else {}
        assert cursor.execute(f"SELECT * FROM (\n{inner}\n) LIMIT 9", values).fetchall()


@pytest.mark.parametrize("sql", REFUSED, ids=lambda sql: repr(sql[:60]))
def test_anything_else_is_refused_with_a_sentence(
    connection: duckdb.DuckDBPyConnection, sql: str
) -> None:
    began = time.monotonic()
    with pytest.raises(QueryRefused) as refused:
        check_sql(connection, sql, ["donations"])
    assert refused.value.message.startswith(REFUSED[sql])
    assert time.monotonic() - began < _SECONDS_FOR_PARSING


def test_the_place_of_an_error_is_counted_in_characters_not_bytes(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    sql = "select 'äöü 漢字 🎉', * from nowhere"
    with pytest.raises(QueryRefused) as refused:
        check_sql(connection, sql, ["donations"])
    assert refused.value.position == sql.index("nowhere")
    with pytest.raises(QueryRefused) as refused:
        check_sql(connection, "select 'ä' fron donations", ["donations"])
    assert refused.value.position == len("select 'ä' fron ")


def test_each_function_that_changes_something_is_refused_or_known_to_be_harmless(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """A new DuckDB may have more of them."""
    found = connection.execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE has_side_effects"
    ).fetchall()
    names = {name for (name,) in found}
    assert "nextval" in names
    assert {name for name in names if not find_refused_function(name)} == _HARMLESS


@st.composite
def nested_queries(draw: st.DrawFn, depth: int = 3) -> str:
    """Return a query of CTEs, subqueries and unions whose names hide each other, or do not."""
    names = st.sampled_from(["secret", "SECRET", "d", "donations"])
    if depth == 0:
        return draw(st.sampled_from(["select 'cte' as a", "select key as a from donations"]))
    below = nested_queries(depth - 1)
    kind = draw(st.sampled_from(["name", "with", "union", "from", "recursive", "scalar"]))
    if kind == "name":
        return f"select a from {draw(names)}"
    if kind == "with":
        parts = [f"{draw(names)}(a) as ({draw(below)})" for _ in range(draw(st.integers(1, 2)))]
        return f"with {', '.join(parts)} ({draw(below)})"
    if kind == "recursive":
        name = draw(names)
        return f"with recursive {name}(a) as ({draw(below)} union {draw(below)}) ({draw(below)})"
    if kind == "union":
        return f"({draw(below)}) union all ({draw(below)})"
    if kind == "scalar":
        return f"select coalesce((select max(a) from ({draw(below)})), a) as a from ({draw(below)})"
    return f"select a from ({draw(below)}) as {draw(names)}"


@pytest.fixture(scope="module")
def maze() -> Iterator[duckdb.DuckDBPyConnection]:
    """Return a database whose tables have one column of the same name."""
    with duckdb.connect() as made:
        made.execute("CREATE TABLE donations AS SELECT 'd' AS key, 'd' AS a")
        made.execute("CREATE TABLE secret AS SELECT 'SECRET' AS a")
        yield made


@settings(max_examples=700, deadline=None)
@given(sql=nested_queries())
def test_no_query_that_may_run_finds_another_table_whatever_its_names_hide(
    maze: duckdb.DuckDBPyConnection, sql: str
) -> None:
    try:
        check_sql(maze, sql, ["donations"])
        rows = maze.execute(f"SELECT * FROM (\n{sql}\n) LIMIT 100").fetchall()
    except (QueryRefused, duckdb.Error):
        return
    assert all("SECRET" not in row for row in rows), sql
