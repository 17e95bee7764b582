"""The engine beside readers that want everything: nothing is lost, and everybody gets an answer."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from explore.engine_client import Engine
from explore.errors import EngineBusy, EngineError, EngineRestarted, QueryRefused, QueryTimeout
from explore.limits import Limits
from tests.explore.filled import fill_board, make_gift, make_gifts

BOARD = fill_board()
SMALL = Limits(memory_mb=256, operator_mb=64, workers=2, queue=4)
ENDLESS = "select count(*) from range(100000000000)"
COUNT = "select count(*) from donations"
GREEDY = "select list(key || range) from donations, range(2000) group by range % 7 order by all"


async def ask(engine: Engine, sql: str, timeout_ms: int = 5_000) -> list[list[object]]:
    return (await engine.query(BOARD.name, sql, {}, limit=10, timeout_ms=timeout_ms)).rows


async def ask_again(engine: Engine, sql: str) -> list[list[object]]:
    """Ask until there is an answer: the engine may just have been ended for a greedy query."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await ask(engine, sql)
            except EngineError:
                await asyncio.sleep(0.05)


def test_greedy_readers_lose_no_change_and_others_are_answered(tmp_path: Path) -> None:
    batches, size = 25, 200

    async def run() -> None:
        async with Engine({BOARD.name: BOARD}, tmp_path, limits=SMALL) as engine:
            await make_gifts(engine, BOARD, 10_000)
            stop = asyncio.Event()
            answered = 0

            async def be_greedy() -> None:
                while not stop.is_set():
                    try:
                        await ask(engine, GREEDY, timeout_ms=700)
                    except EngineError:
                        await asyncio.sleep(0.01)

            async def be_modest() -> None:
                nonlocal answered
                while not stop.is_set():
                    try:
                        await ask(engine, "select count(*) from donations")
                        answered += 1
                    except EngineError:
                        await asyncio.sleep(0.05)

            readers = [asyncio.create_task(work()) for work in (be_greedy, be_greedy, be_modest)]
            for batch in range(batches):
                changes = [
                    {
                        "keys": {"donationId": {"S": f"d-{number}"}},
                        "at": f"{1:014}-{batch:040}",
                        "made": 1.0,
                        "new": make_gift(number, f"{batch}.01"),
                    }
                    for number in range(size)
                ]
                # As Lambda does: again, until it is taken.
                async with asyncio.timeout(60):
                    while True:
                        try:
                            await engine.apply(BOARD.name, changes)
                            break
                        except EngineError:
                            await asyncio.sleep(0.05)
            stop.set()
            await asyncio.gather(*readers)
            assert answered > 0
            sql = f"select count(*), sum(amount) from donations where amount = {batches - 1}.01"
            assert await ask_again(engine, sql) == [
                [size, f"{size * (batches - 1) + size // 100}.00"]
            ]
            assert await ask_again(engine, "select count(*) from donations") == [[10_000]]

    asyncio.run(run())


def test_a_query_ends_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    async def run() -> None:
        async with Engine({BOARD.name: BOARD}, tmp_path, limits=SMALL) as engine:
            pid = engine.pid
            tasks = [
                asyncio.create_task(ask(engine, ENDLESS, timeout_ms=9_000))
                for _ in range(SMALL.workers)
            ]
            await asyncio.sleep(0.2)
            for task in tasks:
                task.cancel()
            began = time.monotonic()
            assert await ask(engine, "select 1") == [[1]]
            assert time.monotonic() - began < 5
            assert engine.pid == pid

    asyncio.run(run())


def test_a_query_that_waits_in_the_queue_and_is_given_up_is_never_run(tmp_path: Path) -> None:
    async def run() -> None:
        async with Engine({BOARD.name: BOARD}, tmp_path, limits=SMALL) as engine:
            busy = [
                asyncio.create_task(ask(engine, ENDLESS, timeout_ms=1_000))
                for _ in range(SMALL.workers)
            ]
            await asyncio.sleep(0.1)
            waiting = asyncio.create_task(ask(engine, ENDLESS, timeout_ms=9_000))
            await asyncio.sleep(0.1)
            waiting.cancel()
            ended = await asyncio.gather(*busy, waiting, return_exceptions=True)
            assert [type(one) for one in ended[:-1]] == [QueryTimeout] * SMALL.workers
            assert await ask(engine, "select 1") == [[1]]

    asyncio.run(run())


def test_a_full_queue_says_so_at_once_and_those_in_it_are_answered_in_turn(tmp_path: Path) -> None:
    async def run() -> None:
        async with Engine({BOARD.name: BOARD}, tmp_path, limits=SMALL) as engine:
            turns: list[int] = []

            async def wait(number: int) -> None:
                await ask(engine, f"select {number}")
                turns.append(number)

            busy = [
                asyncio.create_task(ask(engine, ENDLESS, timeout_ms=1_000))
                for _ in range(SMALL.workers)
            ]
            await asyncio.sleep(0.1)
            queued = [asyncio.create_task(wait(number)) for number in range(SMALL.queue)]
            await asyncio.sleep(0.1)
            with pytest.raises(EngineBusy):
                await ask(engine, "select 1")
            await asyncio.gather(*busy, *queued, return_exceptions=True)
            assert sorted(turns) == list(range(SMALL.queue))

    asyncio.run(run())


def test_a_killed_engine_is_back_with_all_that_was_committed(tmp_path: Path) -> None:
    async def run() -> None:
        async with Engine({BOARD.name: BOARD}, tmp_path, limits=SMALL) as engine:
            await make_gifts(engine, BOARD, 100)
            first = engine.pid
            assert first is not None
            os.kill(first, signal.SIGKILL)
            async with asyncio.timeout(30):
                while True:
                    try:
                        answer = await engine.query(
                            BOARD.name,
                            "select count(*) from donations",
                            {},
                            limit=1,
                            timeout_ms=5_000,
                        )
                        break
                    except EngineError:
                        await asyncio.sleep(0.02)
            assert answer.rows == [[100]]
            # Until somebody has looked whether the file has all that was taken.
            assert answer.state == "loading"
            assert engine.pid != first

    asyncio.run(run())


def test_an_engine_whose_database_is_lost_ends_and_starts_again(tmp_path: Path) -> None:
    module = ("tests.explore.engine_without", "health")

    async def run() -> None:
        async with Engine({BOARD.name: BOARD}, tmp_path, limits=SMALL, module=module) as engine:
            await make_gifts(engine, BOARD, 10)
            first = engine.pid
            with pytest.raises(EngineRestarted):
                await engine.write(BOARD.name, "list_keys", after="")
            assert await ask(engine, COUNT) == [[10]]
            assert engine.pid != first

    asyncio.run(run())


@pytest.mark.parametrize("harm", ["text", "truncated", "another board"])
def test_a_file_that_cannot_be_used_is_made_again_empty(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "gala.duckdb"

    async def fill() -> None:
        async with Engine({BOARD.name: BOARD}, tmp_path, limits=SMALL) as engine:
            await make_gifts(engine, BOARD, 100)

    async def count() -> tuple[object, str]:
        hidden = {BOARD.name: {"comment"}} if harm == "another board" else {}
        async with Engine({BOARD.name: BOARD}, tmp_path, limits=SMALL, hidden=hidden) as engine:
            sql = "select count(*) from donations"
            answer = await engine.query(BOARD.name, sql, {}, limit=1, timeout_ms=5_000)
            return answer.rows[0][0], answer.state

    asyncio.run(fill())
    if harm == "text":
        path.write_text("no database")
    elif harm == "truncated":
        path.write_bytes(path.read_bytes()[:5_000])
    assert asyncio.run(count()) == (0, "loading")


def test_what_is_hidden_is_in_no_file_and_no_answer(tmp_path: Path) -> None:
    secret = "ada@example.org"

    async def run() -> None:
        hidden = {BOARD.name: {"email", "donor"}}
        async with Engine({BOARD.name: BOARD}, tmp_path, limits=SMALL, hidden=hidden) as engine:
            image = make_gift(1) | {"email": {"S": secret}, "donor": {"M": {"mail": {"S": secret}}}}
            change = {"keys": {"donationId": image["donationId"]}, "at": "1", "made": 1.0}
            await engine.apply(BOARD.name, [{**change, "new": image}])
            assert secret not in str(await ask(engine, "select * from donations"))
            with pytest.raises(QueryRefused, match="email"):
                await ask(engine, "select email from donations")
            names = [column.name for column in (await engine.schema(BOARD.name)).columns]
            assert "email" not in names
            assert "comment" in names

    asyncio.run(run())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert all(secret.encode() not in path.read_bytes() for path in files)


def test_at_most_200_attributes_become_columns_and_all_are_in_the_item(tmp_path: Path) -> None:
    async def run() -> None:
        async with Engine({BOARD.name: BOARD}, tmp_path, limits=SMALL) as engine:
            image = make_gift(1) | {f"a{number:03}": {"N": "1"} for number in range(300)}
            change = {"keys": {"donationId": image["donationId"]}, "at": "1", "made": 1.0}
            await engine.apply(BOARD.name, [{**change, "new": image}])
            columns = (await engine.schema(BOARD.name)).columns
            # `key`, `item`, and the board's own three.
            assert len(columns) == 200 + 2 + 3
            assert await ask(engine, "select item->>'a299' from donations") == [["1"]]

    asyncio.run(run())
