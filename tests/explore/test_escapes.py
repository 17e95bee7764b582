"""What holds if the check of the SQL lets something through: the engine runs here without it.

The transaction, the settings and the limits of the process are the layers behind the check.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from explore.answers import Answer
from explore.engine_client import Engine
from explore.engine_process import MODULE
from explore.errors import EngineError, QueryRefused, QueryTimeout
from explore.limits import Limits
from tests.explore.filled import fill_board, make_gifts

UNCHECKED = ("tests.explore.engine_without", "check")
LIMITS = Limits(memory_mb=256, operator_mb=64, process_extra_mb=768, workers=2)
Ask = Callable[[str], Awaitable[Answer]]


@asynccontextmanager
async def open_engine(
    folder: Path, module: tuple[str, ...] = UNCHECKED
) -> AsyncIterator[tuple[Engine, Ask]]:
    """Yield an engine with three gifts, and a function that asks it."""
    board = fill_board()
    async with Engine({board.name: board}, folder, limits=LIMITS, module=module) as engine:
        await make_gifts(engine, board, 3)

        async def ask(sql: str) -> Answer:
            return await engine.query(board.name, sql, {}, limit=10, timeout_ms=1_000)

        yield engine, ask


FILES = [
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/etc/passwd')",
    "select * from read_json('/etc/passwd')",
    "select * from read_parquet('/etc/passwd')",
    "select * from glob('/etc/*')",
    "select * from sniff_csv('/etc/passwd')",
    "from '/etc/passwd'",
    "from 'https://example.org/x.csv'",
]
STATEMENTS = [
    "copy (select 1) to '{folder}/stolen.csv'",
    "copy donations to '{folder}/stolen.csv'",
    "export database '{folder}/stolen'",
    "attach '{folder}/stolen.db'",
    "attach ':memory:' as other",
    "install httpfs",
    "load httpfs",
    "create secret (type s3)",
    "set memory_limit = '8GB'",
    "set global max_execution_time = 0",
    "reset memory_limit",
    "pragma memory_limit = '8GB'",
    "set variable x = 1",
    "create temp table t(a int)",
    "create macro m() as 1",
    "prepare p as select 1",
    "checkpoint",
    "insert into _rows(key) values ('x')",
    "update _rows set key = 'x'",
    "delete from _rows",
    "drop view donations",
    "drop table _rows",
    "create table t(a int)",
    "begin",
    "commit",
    "rollback",
    "vacuum",
    "call checkpoint()",
]
WRITES = [
    "with d as (delete from _rows returning *) select * from d",
    "with d as (insert into _rows(key) values ('x') returning *) select * from d",
    "with d as (update _state set version = 99 returning *) select * from d",
    "select * from (delete from _rows returning *)",
]
SEVERAL = [
    "commit; delete from _rows",
    "select 1; select 2",
    "select 1) limit 1; delete from _rows; select * from (select 1",
    "select 1) x; commit; delete from _rows --",
    "/* */; delete from _rows",
    "",
    ";",
]


def test_without_the_check_no_file_is_read_and_nothing_is_written(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_engine(tmp_path / "files") as (_, ask):
            for sql in FILES + STATEMENTS + WRITES + SEVERAL:
                with pytest.raises(QueryRefused):
                    await ask(sql.format(folder=tmp_path))
            whole = await ask("select count(*), sum(amount) from donations")
            assert whole.rows == [[3, "75.00"]]

    asyncio.run(run())
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


def test_the_settings_cannot_be_changed_nor_those_of_another_connection(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_engine(tmp_path) as (_, ask):
            answer = await ask(
                "select current_setting('enable_external_access'),"
                " current_setting('lock_configuration'), current_setting('operator_memory_limit')"
            )
            assert answer.rows == [[False, True, "61.0 MiB"]]

    asyncio.run(run())


def test_only_the_check_keeps_the_engines_own_file_from_being_read(tmp_path: Path) -> None:
    """So the file has nothing that is hidden from those who ask."""

    async def run() -> None:
        board = fill_board()
        sql = f"select octet_length(content) from read_blob('{tmp_path}/{board.name}.duckdb')"
        async with open_engine(tmp_path) as (_, ask):
            [[size]] = (await ask(sql)).rows
            assert isinstance(size, int)
        async with open_engine(tmp_path, MODULE) as (_, ask):
            with pytest.raises(QueryRefused, match="read_blob"):
                await ask(sql)

    asyncio.run(run())


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from range(100000000000)",
        "select count(*) from range(10000000) a, range(10000000) b where a.range = b.range + 1",
        "with recursive r(n) as (select 1 union all select n + 1 from r) select max(n) from r",
        "select sum(levenshtein(repeat(range::text, 900), repeat('b', 5000))) from range(100000)",
    ],
)
def test_a_query_without_an_end_is_stopped_and_the_engine_goes_on(tmp_path: Path, sql: str) -> None:
    async def run() -> None:
        async with open_engine(tmp_path) as (engine, ask):
            pid = engine.pid
            with pytest.raises((QueryTimeout, QueryRefused)):
                await ask(sql)
            assert (await ask("select count(*) from donations")).rows == [[3]]
            assert engine.pid == pid

    asyncio.run(run())


@pytest.mark.parametrize(
    "sql",
    [
        "select list(range) from range(1000000000)",
        "select string_agg(range::varchar, 'x') from range(1000000000)",
        "select repeat('x', 2000000000)",
        "select length(lpad('', 2000000000, 'x'))",
        "select length(repeat(repeat('x', 1000000), 1000))",
    ],
)
def test_a_query_that_wants_all_memory_ends_and_the_next_one_is_answered(
    tmp_path: Path, sql: str
) -> None:
    async def run() -> None:
        async with open_engine(tmp_path) as (_, ask):
            with pytest.raises(EngineError):
                await ask(sql)
            for _ in range(20):
                try:
                    answer = await ask("select count(*) from donations")
                    break
                except EngineError:
                    await asyncio.sleep(0.25)
            assert answer.rows == [[3]]

    asyncio.run(run())


def test_the_process_has_a_limit_no_environment_and_no_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("EXPLORE_FEED_KEY", "secret")

    async def run() -> None:
        async with open_engine(tmp_path, MODULE) as (engine, _):
            process = Path(f"/proc/{engine.pid}")
            environment = (process / "environ").read_bytes()
            assert sorted(x.split(b"=")[0] for x in environment.split(b"\0") if x) == [
                b"MALLOC_ARENA_MAX",
                b"PYTHONUTF8",
            ]
            limits = (process / "limits").read_text()
            [line] = [one for one in limits.splitlines() if one.startswith("Max address space")]
            assert line.split()[3] == str((256 + 768) * 2**20)
            inodes = {
                path.readlink().name[len("socket:[") : -1]
                for path in (process / "fd").iterdir()
                if str(path.readlink()).startswith("socket:")
            }
            for table in ("tcp", "tcp6", "udp", "udp6"):
                rows = (process / "net" / table).read_text().splitlines()[1:]
                assert inodes.isdisjoint(row.split()[9] for row in rows)

    asyncio.run(run())
