"""`make event` answers SQL where a board has such a sink, and keeps doing so."""

import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.running import state_file
from tests.local.evening import Evening
from tests.local.helper import Helper

SQL = 'kind = "sql"\nboard = "gala"\n'
PANEL = 'panel = true\nkind = "number"\nsql = "select sum(amount) as given from donations"\n'


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    evening = Evening(tmp_path)
    folder = evening.board_file.parent / "sinks"
    folder.mkdir(exist_ok=True)
    (folder / "explore.toml").write_text(SQL, "utf-8")
    queries = evening.board_file.parent / "queries"
    queries.mkdir()
    (queries / "given.toml").write_text(PANEL, "utf-8")
    yield evening
    evening.close()


def ask(evening: Evening) -> Any:
    """Return the sum, and the state; None while nobody answers."""
    key = (evening.folder.path / "explore-key.txt").read_text("utf-8").strip()
    running = json.loads(state_file(evening.folder.path).read_text("utf-8"))
    address = running["explore"]
    sql = "select cast(sum(amount) as varchar) as total from donations"
    try:
        answer = httpx.post(
            f"{address}/api/boards/gala/query",
            json={"sql": sql},
            headers={"authorization": f"Bearer {key}"},
            trust_env=False,
        )
    except httpx.HTTPError:
        return None
    if answer.status_code != 200:
        return None
    told = answer.json()
    return told["results"][0]["total"], told["status"]["state"]


def read_panel(evening: Evening) -> Any:
    """Return the amount that screens show, in cents, and the state; None while they show none."""
    answer = httpx.get(f"http://127.0.0.1:{evening.port}/api/boards/gala/panels", trust_env=False)
    for panel in answer.raise_for_status().json()["panels"]:
        return panel["rows"][0][0], panel["state"]
    return None


def find_service(evening: Evening) -> int:
    """Return the number of the service's process of this event."""
    told = str(evening.folder.board_folder).encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            if command[1:3] == [b"-m", b"explore"] and told in (process / "environ").read_bytes():
                return int(process.name)
        except OSError:
            continue
    raise AssertionError("no service runs")


@pytest.mark.timeout(300)
def test_a_gift_is_in_the_rows_also_after_kills_and_the_next_evening(evening: Evening) -> None:
    evening.start()
    helper = Helper(evening)
    helper.enter("25")
    evening.wait_until(lambda: ask(evening) == ("25.00", "live"))
    evening.wait_until(lambda: read_panel(evening) == (2500, "live"))
    mode = (evening.folder.path / "explore-key.txt").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    for verb in ("fill", "verify"):
        ended = evening.command(verb, "--local", "explore")
        assert ended.returncode == 0, ended.stderr
    assert "1 items compared" in ended.stdout
    assert "Exact." in ended.stdout
    assert "explore: attached" in evening.command("sinks", "--local").stdout
    os.kill(find_service(evening), signal.SIGKILL)
    helper.enter("5")
    evening.wait_until(lambda: ask(evening) == ("30.00", "live"))
    evening.wait_until(lambda: read_panel(evening) == (3000, "live"))
    evening.stop()
    evening.start()
    evening.wait_until(lambda: ask(evening) == ("30.00", "live"))
