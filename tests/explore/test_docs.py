"""docs/explore.md says what is so: its examples are run."""

import dataclasses
import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aggregates.held_panels import MAX_PANELS, STALE_SECONDS
from aggregates.panel import KINDS as KINDS_OF_PANELS
from aggregates.panel import MAX_COLUMNS, MAX_PANEL_BYTES, MAX_ROWS, MAX_TEXT_CHARACTERS
from explore.http_settings import HttpSettings
from explore.parameters import KINDS
from explore.request_limits import (
    DEFAULT_AT_ONCE,
    DEFAULT_ROWS,
    DEFAULT_TIMEOUT_MS,
    MAX_AT_ONCE,
    MAX_BODY_BYTES,
    MAX_PARAMETERS,
    MAX_TIMEOUT_MS,
)
from explore.request_limits import MAX_ROWS as MOST_ROWS
from explore.stored import load_query
from operate.cli import main
from tests.conftest import ROOT
from tests.explore.conftest import GIFTS, OpenServed
from tests.explore.served import Served

TEXT = (ROOT / "docs/explore.md").read_text("utf-8")
HOST = "https://live.example.org"
ON_SCREENS = TEXT.partition("## A stored query on the screens")[2].partition("\n## ")[0]
[STORED] = re.findall(r"(?s)```toml\n(.*?)```", TEXT.partition("## A stored query on")[0])


def find_code(kind: str, text: str = TEXT) -> str:
    [code] = re.findall(rf"(?s)```{kind}\n(.*?)```", text)
    assert isinstance(code, str)
    return code


@pytest.fixture
def live(open_served: OpenServed, tmp_path: Path) -> Served:
    """Return a server with the page's board and its stored query."""
    folder = tmp_path / "boards" / "queries"
    folder.mkdir(parents=True)
    (folder / "by-platform.toml").write_text(STORED)
    served = open_served("fundraiser", queries=str(tmp_path / "boards"))
    served.fill(GIFTS)
    return served


def make_real(code: str, served: Served) -> str:
    """Return an example with the test's server and key."""
    return code.replace(HOST, served.url).replace("tb_…", served.make_key())


def test_the_first_query_is_answered_as_the_page_says(live: Served) -> None:
    command = ["sh", "-c", make_real(find_code("sh"), live)]
    said = subprocess.run(command, capture_output=True, check=True, timeout=30)
    answer = json.loads(said.stdout)
    first = TEXT.partition("The answer:")[2].partition("## Addresses")[0]
    told: dict[str, Any] = json.loads(find_code("json", first))
    for name in ("columns", "results", "rows", "truncated"):
        assert answer[name] == told[name]
    assert answer.keys() == told.keys()
    assert answer["stats"].keys() == told["stats"].keys()
    assert answer["status"].keys() == told["status"].keys()
    assert told["warnings"][0] in answer["warnings"]
    assert answer["status"]["state"] == told["status"]["state"]


def test_grafana_gets_rows_by_the_body_of_the_page(live: Served) -> None:
    """As the Infinity data source asks: POST, JSON, Bearer; rows by the path `results`."""
    body = find_code("json", TEXT.partition("<!-- grafana -->")[2])
    path = "/api/boards/fundraiser/query"
    headers = {"content-type": "application/json"}
    answer = live.client.post(path, content=body, headers=headers).json()
    assert answer["results"] == [{"hour": "2026-11-21T19:00:00Z", "total": "126.20"}]


def test_the_program_in_python_asks(live: Served) -> None:
    place: dict[str, Any] = {}
    exec(make_real(find_code("python"), live), place)
    try:
        [(call, result)] = re.findall(r">>> (.*)\n    (.*)", TEXT)
        assert repr(eval(call, place)) == result
        with pytest.raises(ValueError, match="no table 'nowhere'"):
            place["ask"]("from nowhere")
    finally:
        place["board"].close()


def test_the_stored_query_of_the_page_is_answered(live: Served) -> None:
    [path] = re.findall(r"    GET (/api/boards/fundraiser/queries/\S+)", TEXT)
    assert live.client.get(path).json()["results"] == [
        {"platform": "Phone", "gifts": 1, "total": "100.00"}
    ]


def test_the_commands_of_the_page_make_list_and_revoke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EXPLORE_KEYS", str(tmp_path / "keys.json"))
    monkeypatch.setenv("BOARDS", str(tmp_path))
    (tmp_path / "gala.toml").write_bytes((ROOT / "boards/fundraiser.toml").read_bytes())
    first, make, listing, revoke = re.findall(r"^    tallyboard (keys .*)$", TEXT, re.MULTILINE)
    assert main(shlex.split(first)) == 0
    assert main(shlex.split(make)) == 0
    made = capsys.readouterr().out.split()[-1]
    assert main(shlex.split(listing)) == 0
    assert "Box office: gala; stored queries only; 500 rows, 1,000 ms, 2 at once" in (
        capsys.readouterr().out
    )
    id_ = made[3:11]
    assert main([*shlex.split(revoke)[:-1], id_]) == 0


def test_every_address_and_status_is_in_the_page(live: Served) -> None:
    listed = set(re.findall(r"^\| `(?:GET |POST )?(/\S*)` \|", TEXT, re.MULTILINE))
    served = {route.path for route in live.app.routes if hasattr(route, "path")}
    assert listed == {path for path in served if "static" not in path and path != "/healthz"}
    statuses = {int(one) for one in re.findall(r"^\| (\d{3}) \|", TEXT, re.MULTILINE)}
    source = "".join(path.read_text("utf-8") for path in (ROOT / "explore").glob("*.py"))
    raised = {int(one) for one in re.findall(r"Problem\(\s*(\d{3})", source)} - {500}
    assert statuses == raised


def test_numbers_names_and_settings_are_those_of_the_code(tmp_path: Path) -> None:
    for row in (
        f"| rows (`limit`) | {DEFAULT_ROWS:,} | {MOST_ROWS:,}, or what the key may |",
        f"| time (`timeout_ms`) | {DEFAULT_TIMEOUT_MS:,} ms | {MAX_TIMEOUT_MS:,} ms, or what",
        f"| request | | {MAX_BODY_BYTES // 1024} KB |",
        f"| parameters | | {MAX_PARAMETERS} |",
        f"| at once, for each key | {DEFAULT_AT_ONCE} | {MAX_AT_ONCE} |",
    ):
        assert row in TEXT
    kinds = TEXT.partition("| `type` |")[2].partition(";")[0]
    assert re.findall(r"`(\w+)`", kinds) == list(KINDS)
    renamed = {
        "keys": "EXPLORE_KEYS",
        "origins": "EXPLORE_ORIGINS",
        "keys_secret": "EXPLORE_KEYS_SECRET",
    }
    for field in dataclasses.fields(HttpSettings):
        assert f"| `{renamed.get(field.name, field.name.upper())}`" in TEXT
    file = tmp_path / "by-platform.toml"
    file.write_text(STORED)
    fields = set(re.findall(r"^\| `(\w+)`(?:, `(\w+)`)? \|", TEXT, re.MULTILINE))
    named = {name for pair in fields for name in pair}
    assert load_query(file, frozenset()).title == "Gifts by platform"
    assert {"sql", "title", "boards", "limit", "timeout_ms", "parameters", "default"} <= named
    assert {"panel", "kind"} <= named


def test_the_panel_of_the_page_is_one_and_its_limits_are_those_of_the_code(
    tmp_path: Path, live: Served
) -> None:
    file = tmp_path / "by-platform.toml"
    file.write_text(find_code("toml", ON_SCREENS))
    query = load_query(file, frozenset())
    assert query.panel == "table"
    answer = live.ask(query.sql).json()
    assert [column["name"] for column in answer["columns"]] == ["platform", "gifts", "total"]
    for limit in (
        f"at most {MAX_COLUMNS} columns",
        f"the first {MAX_ROWS} rows",
        f"cut at {MAX_TEXT_CHARACTERS} characters, an answer at {MAX_PANEL_BYTES // 1000} KB",
        f"at most {MAX_PANELS} panels",
        f"for {STALE_SECONDS:g} seconds",
    ):
        assert limit in " ".join(ON_SCREENS.split())
    assert [kind for kind in KINDS_OF_PANELS if f"| `{kind}`" in ON_SCREENS] == [*KINDS_OF_PANELS]
