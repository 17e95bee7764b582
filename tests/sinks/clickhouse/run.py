"""Random runs of a ClickHouse sink, with the faults of the other sinks' runs."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import compress
from math import inf
from pathlib import Path
from random import Random
from typing import Any

from donations.image_json import Image
from sinks.change import Change
from sinks.clickhouse.errors import ClickHouseError
from sinks.clickhouse.filling import ClickHouseFill
from sinks.clickhouse.server import Row, Server
from sinks.clickhouse.target import ClickHouseTarget
from sinks.clickhouse.versions import PLACE_DIGITS
from sinks.definition import Source
from sinks.kinds.clickhouse import ClickHouse
from sinks.sink_state import SinkState
from sinks.target import Failure
from tests.explore.boards import invent, make_board
from tests.sinks.actors import Actor, Crash
from tests.sinks.clickhouse.access import ENVIRONMENT
from tests.sinks.clickhouse.seen import find_wrong
from tests.sinks.happening import let_happen
from tests.sinks.settling import deliver_many_again, settle
from tests.sinks.world import World

_EVENTS, _EVENTS_TOGETHER = 12, 4
# What may be taken out: the place of a change in its version, the cut in versions, the skipping of
# changes from before the cut, the rows of deleted items, what a fill hides and deletes at its end.
GUARDS = ("place", "era", "skip", "tombstone", "mark")


class ClickHouseWorld(World):
    """One run, with the requests to ClickHouse as steps of their own."""

    sink: ClickHouse
    write_call = "insert"

    def reach_write(self, fill: Actor) -> bool:
        return self.run_to(fill, self.write_call)

    def fill(self, actor: Actor) -> None:
        ClickHouseFill(
            self.sink,
            actor.client,
            self._connect(actor),
            block_rows=2,
            now_s=lambda: int(self.now_s),
            sleep=lambda seconds: self.sleep(actor, seconds),
        ).run()

    def make_targets(self, actor: Actor) -> list[ClickHouseTarget]:
        server = self._connect(actor)
        kind = TakingAll if self.without == "skip" else ClickHouseTarget
        return [kind(self.sink, actor.client, server, now_s=self.read_now)]

    def _connect(self, actor: Actor) -> Any:
        return SteppedServer(Server(self.sink, ENVIRONMENT), actor, self.without)


class TakingAll(ClickHouseTarget):
    """Skips no change."""

    def take(self, changes: Sequence[Change], state: SinkState) -> Failure | None:
        return super().take([change._replace(made_s=inf) for change in changes], state)


class SteppedServer:
    """A server whose requests wait for the actor's next step; one guard may be taken out."""

    def __init__(self, server: Server, actor: Actor, without: str) -> None:
        self._server, self._actor, self._without = server, actor, without

    def run(self, sql: str, data: bytes = b"") -> str:
        self._actor.next_call = "insert" if data else "statement"
        self._actor.pause()
        self._actor.next_call = ""
        if self._actor.fails:
            raise ClickHouseError("it fails on purpose")
        sql, data = self._take_guard_out(sql), self._change_rows(data)
        has_none = not sql or (not data and "JSONEachRow" in sql)
        reply = "" if has_none else self._server.run(sql, data)
        if self._actor.kill_after:
            # ClickHouse has done it, and the one who asked for it never hears of it.
            self._actor.is_killed = True
            raise Crash
        return reply

    def ask(self, sql: str) -> list[Row]:
        self._actor.pause()
        return self._server.ask(sql)

    def _take_guard_out(self, sql: str) -> str:
        """Return a statement without a guard; empty for none."""
        if self._without in ("era", "mark") and "DELETE WHERE" in sql:
            return ""
        if self._without == "mark":
            return sql.replace("AND _version >=", "AND 0 <=")
        if self._without == "era":
            # Versions without cuts are all below that of a mark with one.
            return re.sub(r"(VALUES \('', ')\d+", r"\g<1>0", sql)
        return sql

    def _change_rows(self, data: bytes) -> bytes:
        rows = [json.loads(line) for line in data.decode().splitlines()]
        for row in rows:
            cut, place = row["_version"][:-PLACE_DIGITS], row["_version"][-PLACE_DIGITS:]
            if self._without == "era":
                row["_version"] = place
            elif self._without == "place":
                row["_version"] = cut + "0" * PLACE_DIGITS
        is_kept = [self._without != "tombstone" or not row["_is_deleted"] for row in rows]
        return "\n".join(json.dumps(row) for row in compress(rows, is_kept)).encode()


def run_clickhouse(seed: int, dynamodb: Any, sink: ClickHouse, without: str = "") -> list[str]:
    """Return how the rows differ from the table after a random run; nothing if they are exact.

    `sink` names a database of the run's own.
    """
    random = Random(seed)
    world = ClickHouseWorld(seed, dynamodb, sink, without)
    try:
        settle(world)
        for count in range(1, _EVENTS + 1):
            change = partial(_change_items, world, random)
            change()
            new = partial(_invent_item, random, count)
            let_happen(world, random, change, invent=new, can_lose=True)
            # Later changes hide what went wrong, so look in between.
            if count % _EVENTS_TOGETHER == 0 and (wrong := _look(world, random)):
                return [f"after {count} events: {text}" for text in wrong]
        deliver_many_again(world)
        return [f"after many came again: {text}" for text in _compare(world)]
    finally:
        world.remove()


def make_run_sink(folder: Path, name: str, sink: ClickHouse) -> ClickHouse:
    """Return a sink of a table whose key is what the runs call it."""
    board = replace(make_board(folder, name), key=("id",))
    return replace(sink, name=name, board=board, source=Source(board.table, board.key))


def _change_items(world: World, random: Random) -> None:
    for _ in range(random.randint(0, 3)):
        key = {"id": {"S": f"item-{random.randrange(5)}"}}
        world.write(None if random.random() < 0.35 else invent(random, key), key)


def _invent_item(random: Random, count: int) -> Image:
    """Return an item that the run has not had."""
    return invent(random, {"id": {"S": f"new-{count}-{random.randrange(10**9)}"}})


def _look(world: ClickHouseWorld, random: Random) -> list[str]:
    """Let all come, and compare."""
    # A sink hears of a new stream by its first record.
    key = {"id": {"S": "last"}}
    world.write(invent(random, key), key)
    settle(world)
    return _compare(world)


def _compare(world: ClickHouseWorld) -> list[str]:
    return find_wrong(world.sink, world.scan(world.sink.source.table))
