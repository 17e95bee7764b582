"""Each guard of the rows, on the play that needs it: with it the rows are right, without it not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from explore.engine_client import Engine
from explore.engine_process import MODULE
from explore.limits import Limits
from tests.explore.engine_without import GUARDS
from tests.explore.filled import fill_board, make_gift

BOARD = fill_board()
LIMITS = Limits(memory_mb=128, workers=2)


class Play:
    """An engine, and the shortest ways to write into it; one item has several amounts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def change(self, at: int, amount: str | None, made: float = 1_000.0) -> None:
        """Take a change of the item, at a place of the stream; None deletes it."""
        image = make_gift(1, amount or "0")
        change = {
            "keys": {"donationId": image["donationId"]},
            "at": f"{1:014}-{at:040}",
            "made": made,
            "new": None if amount is None else image,
        }
        await self._engine.apply(BOARD.name, [change])

    async def write(self, do: str, **details: Any) -> dict[str, Any]:
        return await self._engine.write(BOARD.name, do, **details)

    async def begin(self, cut: float = 0.0) -> int:
        """Begin a fill; return the version before its next read."""
        return int((await self.write("begin_fill", fill="one", cut=cut))["version"])

    async def page(self, guard: int, amount: str) -> None:
        await self._engine.fill_page(BOARD.name, "one", guard, [make_gift(1, amount)])

    async def end(self) -> None:
        await self.write("end_fill", fill="one", forget=0)

    async def read(self) -> str:
        """Return the amounts of the rows, and the state."""
        answer = await self._engine.query(
            BOARD.name, "select amount from donations", {}, limit=10, timeout_ms=5_000
        )
        return " ".join([*(str(row[0]) for row in answer.rows), answer.state])


async def deliver_an_older_change(play: Play) -> None:
    await fill(play)
    await play.change(2, "2.00")
    await play.change(1, "1.00")


async def deliver_an_insert_after_its_delete(play: Play) -> None:
    await fill(play)
    await play.change(1, "1.00")
    await play.change(2, None)
    await play.change(1, "1.00")


async def change_what_a_fill_has_read(play: Play) -> None:
    guard = await play.begin()
    await play.change(1, "2.00")
    await play.page(guard, "1.00")
    await play.end()


async def deliver_an_older_change_after_a_page(play: Play) -> None:
    await play.begin()
    await play.change(1, "1.00")
    await play.change(2, "2.00")
    await play.page((await play.write("tell"))["version"], "2.00")
    await play.end()
    await play.change(1, "1.00")


async def deliver_what_was_lost_before_the_fill(play: Play) -> None:
    await play.page(await play.begin(cut=2_000.0), "2.00")
    await play.end()
    await play.change(1, "1.00", made=1_999.0)


async def delete_where_nobody_looks(play: Play) -> None:
    await play.change(1, "1.00")
    await fill(play)


async def open_an_old_file(play: Play) -> None:
    await fill(play)
    await play.write("confirm", epoch="of another file", version=0)


async def fill(play: Play) -> None:
    await play.begin()
    await play.end()


PLAYS: Mapping[str, tuple[Callable[[Play], Awaitable[None]], str]] = {
    "newer": (deliver_an_older_change, "2.00 live"),
    "tombstone": (deliver_an_insert_after_its_delete, "live"),
    "page": (change_what_a_fill_has_read, "2.00 live"),
    "place": (deliver_an_older_change_after_a_page, "2.00 live"),
    "cut": (deliver_what_was_lost_before_the_fill, "2.00 live"),
    "unmet": (delete_where_nobody_looks, "live"),
    "file": (open_an_old_file, "loading"),
}


def run(play: Callable[[Play], Awaitable[None]], folder: Path, module: tuple[str, ...]) -> str:
    async def run_play() -> str:
        async with Engine({BOARD.name: BOARD}, folder, limits=LIMITS, module=module) as engine:
            one = Play(engine)
            await play(one)
            return await one.read()

    return asyncio.run(run_play())


@pytest.mark.parametrize("guard", GUARDS)
def test_the_rows_are_right_with_each_guard_and_wrong_without_it(
    tmp_path: Path, guard: str
) -> None:
    play, right = PLAYS[guard]
    assert run(play, tmp_path / "with", MODULE) == right
    assert run(play, tmp_path / "without", ("tests.explore.engine_without", guard)) != right
