"""The service keeps the answers of panels in Redis: as the rows change, once, and renewed."""

import json
import logging
import os
import secrets
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from aggregates.held_panels import list_held, panels_key, read_panel_message
from aggregates.keys import CHANNEL
from aggregates.panel import Panel, decode_panel
from explore import publishing
from explore.answers import Answer
from explore.engine_client import Engine
from tests.conftest import RedisServer
from tests.explore.conftest import GIFTS, OpenServed
from tests.explore.served import Served, gift
from tests.waiting import wait_for

BY_PLATFORM = '''
title = "Gifts by platform"
panel = true
sql = """
select platform, count(*) as gifts, sum(amount) as total from donations
where platform is not null and amount >= $least group by 1 order by total desc, 1"""
[parameters.least]
type = "number"
default = 0
'''
FILES = {
    "by-platform": BY_PLATFORM,
    "count": "panel = true\nkind = 'number'\nsql = 'select count(*) from donations'",
    "wrong": "panel = true\nsql = 'select secret_word from donations'",
    "private": "sql = 'select key from donations'",
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(publishing, "RENEW_SECONDS", 0.3)


class Shown:
    """A service with panels, what Redis has of them, and what is published."""

    def __init__(self, served: Served, redis: Redis) -> None:
        self.served, self._redis = served, redis
        self.key = panels_key(served.board)
        self._pubsub = redis.pubsub(ignore_subscribe_messages=True)
        self._pubsub.subscribe(CHANNEL)
        self.heard: list[Panel] = []

    def hear(self) -> list[Panel]:
        """Return all panels that were published so far."""
        empty = 0
        while empty < 2:  # the subscription's own answer counts as none
            message = self._pubsub.get_message(timeout=0.05)
            empty = 0 if message else empty + 1
            told = read_panel_message(message["data"]) if message else None
            if told is not None and told[0] == self.served.board:
                self.heard.append(decode_panel(told[1]))
        return self.heard

    def read(self, name: str = "by-platform") -> Panel | None:
        fields: Any = self._redis.hgetall(self.key)
        held = list_held(fields).get(name)
        return None if held is None else decode_panel(held.text)

    def renewed(self, name: str = "by-platform") -> int:
        fields: Any = self._redis.hgetall(self.key)
        held = list_held(fields).get(name)
        return 0 if held is None else held.renewed_ms

    def wait_for_renewals(self, count: int = 2) -> None:
        for _ in range(count):
            before = self.renewed()

            def is_renewed(before: int = before) -> bool:
                return self.renewed() > before

            wait_for(is_renewed)

    def wait_until_live(self) -> Panel:
        wait_for(lambda: (panel := self.read()) is not None and panel.state == "live")
        panel = self.read()
        assert panel is not None
        return panel

    def close(self) -> None:
        self._pubsub.close()
        self._redis.unlink(self.key)


@pytest.fixture
def stored(tmp_path: Path) -> str:
    """Return a folder of boards with stored queries."""
    folder = tmp_path / "boards" / "queries"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / f"{name}.toml").write_text(text)
    return str(tmp_path / "boards")


@pytest.fixture
def shown(open_served: OpenServed, stored: str, redis: Redis, redis_url: str) -> Iterator[Shown]:
    board = f"gala-{secrets.token_hex(3)}"
    redis.hset(panels_key(board), mapping={"removed": "{}", "@removed": "1"})
    made = Shown(open_served(board, queries=stored, redis_url=redis_url), redis)
    yield made
    made.close()


def test_what_screens_get_is_the_querys_answer_and_says_what_it_lacks(shown: Shown) -> None:
    wait_for(lambda: shown.read() is not None)
    panel = shown.read()
    assert panel is not None
    assert (panel.state, panel.rows) == ("loading", ())
    shown.served.fill(GIFTS)
    panel = shown.wait_until_live()
    assert panel.rows == (("Phone", 2, 12_500), ("Web", 3, 120))
    path = f"/api/boards/{shown.served.board}/queries/by-platform"
    told = shown.served.client.get(path).json()["results"]
    assert told == [
        {"platform": name, "gifts": gifts, "total": f"{total / 100:.2f}"}
        for name, gifts, total in panel.rows
    ]
    wait_for(lambda: (count := shown.read("count")) is not None and count.rows == ((6,),))


def test_a_change_is_asked_and_published_once_and_renewed_in_silence(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.served.fill(GIFTS)
    shown.wait_until_live()
    shown.wait_for_renewals()
    before = len([panel for panel in shown.hear() if panel.name == "by-platform"])
    asked: list[str] = []
    query = Engine.query

    async def note(engine: Engine, board: str, sql: str, *more: Any, **limits: Any) -> Answer:
        asked.append(sql)
        return await query(engine, board, sql, *more, **limits)

    monkeypatch.setattr(Engine, "query", note)
    shown.served.change(gift("d-7", 5, "Web"))
    wait_for(lambda: (panel := shown.read()) is not None and panel.rows[1] == ("Web", 4, 620))
    shown.wait_for_renewals()
    heard = [panel for panel in shown.hear() if panel.name == "by-platform"]
    assert [panel.rows for panel in heard[before:]] == [(("Phone", 2, 12_500), ("Web", 4, 620))]
    assert heard[-1] == shown.read()
    assert len([sql for sql in asked if "by total desc" in sql]) == 1


def test_an_item_that_changes_nothing_on_the_screen_is_not_published(shown: Shown) -> None:
    shown.served.fill(GIFTS)
    first = shown.wait_until_live()
    shown.wait_for_renewals()
    before = len([panel for panel in shown.hear() if panel.name == "by-platform"])
    shown.served.change(gift("d-1", 25, "Phone", comment={"S": "again"}))
    shown.wait_for_renewals(3)
    assert len([panel for panel in shown.hear() if panel.name == "by-platform"]) == before
    assert shown.read() == first


def test_rows_that_may_be_old_are_loading_since_then(shown: Shown) -> None:
    shown.served.fill(GIFTS)
    live = shown.wait_until_live()
    assert shown.served.engine.pid is not None
    os.kill(shown.served.engine.pid, signal.SIGKILL)
    # What a new engine has must be confirmed first.
    wait_for(lambda: (panel := shown.read()) is not None and panel.state == "loading")
    loading = shown.read()
    assert loading is not None
    assert loading.rows == live.rows
    assert loading.since > live.since
    shown.wait_for_renewals()
    assert shown.read() == loading


def test_only_panels_are_given_out_and_what_is_none_any_more_is_removed(
    shown: Shown, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    def find_lines() -> list[str]:
        # The service may have said it before the test began.
        records = [*caplog.get_records("setup"), *caplog.records]
        return [one.getMessage() for one in records if "wrong" in one.getMessage()]

    shown.served.fill(GIFTS)
    shown.wait_until_live()
    wait_for(lambda: shown.read("count") is not None)
    wait_for(lambda: find_lines() != [])
    shown.wait_for_renewals()
    fields: Any = redis.hkeys(shown.key)
    assert {field.decode() for field in fields} == {
        *("by-platform", "@by-platform", "count", "@count")
    }
    [line] = find_lines()
    assert line.endswith("refused; ask it on the page /explore to see why")


def test_a_redis_that_comes_back_empty_gets_the_panels_again(
    open_served: OpenServed, stored: str, redis_server: RedisServer
) -> None:
    served = open_served("gala", queries=stored, redis_url=redis_server.url)
    with Redis.from_url(redis_server.url) as redis:
        shown = Shown(served, redis)
        served.fill(GIFTS)
        first = shown.wait_until_live()
        redis_server.kill()
        served.change(gift("d-7", 5, "Web"))
        redis_server.start()
        wait_for(lambda: shown.read() is not None)
        again = shown.wait_until_live()
        assert again.rows == (("Phone", 2, 12_500), ("Web", 4, 620))
        assert again.version > first.version
        shown.close()


def test_without_a_redis_nothing_is_asked_and_that_is_said(
    open_served: OpenServed, stored: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "tallyboard"):
        served = open_served("gala", queries=stored)
    served.fill(GIFTS)
    assert caplog.messages == ["no screen shows by-platform, count, wrong: set REDIS_URL"]
    assert served.results.executions == 0


def test_an_answer_that_changes_by_itself_is_asked_at_each_renewal(
    open_served: OpenServed, tmp_path: Path, redis: Redis, redis_url: str
) -> None:
    folder = tmp_path / "boards" / "queries"
    folder.mkdir(parents=True)
    text = "panel = true\nkind = 'number'\nsql = 'select random() as n from donations limit 1'"
    (folder / "by-platform.toml").write_text(text)
    board = f"gala-{secrets.token_hex(3)}"
    shown = Shown(open_served(board, queries=str(tmp_path / "boards"), redis_url=redis_url), redis)
    shown.served.fill(GIFTS)
    first = shown.wait_until_live()
    wait_for(lambda: (panel := shown.read()) is not None and panel.rows != first.rows)
    shown.close()


def test_the_text_that_is_kept_is_json_of_the_panel(shown: Shown, redis: Redis) -> None:
    shown.served.fill(GIFTS)
    panel = shown.wait_until_live()
    text: Any = redis.hget(shown.key, "by-platform")
    assert json.loads(text)["rows"] == [list(row) for row in panel.rows]
    assert replace(panel, rows=()) == replace(decode_panel(text), rows=())
