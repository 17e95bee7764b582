"""Stored queries: what a file may say, typed parameters, and one execution for any number."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from aggregates.board_fields import BoardError
from explore.results import is_restless
from explore.stored import load_query, load_stored
from tests.explore.conftest import GIFTS, OpenServed
from tests.explore.served import Served, gift

BY_PLATFORM = '''
title = "Gifts by platform"
sql = """
select platform, count(*) as gifts from donations
where platform is not null group by 1 order by 1"""
'''
ABOVE = """
sql = "select count(*) as n from donations where amount >= $least and platform = $platform"
[parameters.least]
type = "number"
[parameters.platform]
type = "text"
default = "Phone"
"""


@pytest.fixture
def stored(open_served: OpenServed, tmp_path: Path) -> Served:
    """Return a server with stored queries, and with the gifts."""
    folder = tmp_path / "boards" / "queries"
    folder.mkdir(parents=True)
    (folder / "by-platform.toml").write_text(BY_PLATFORM)
    (folder / "above.toml").write_text(ABOVE)
    (folder / "now.toml").write_text('sql = "select now() as at, count(*) from donations"')
    (folder / "other.toml").write_text('sql = "select 1"\nboards = ["other"]')
    served = open_served("gala", "other", queries=str(tmp_path / "boards"))
    served.fill(GIFTS)
    return served


def get(served: Served, path: str, **headers: str) -> httpx.Response:
    return served.client.get(f"/api/boards/gala/queries/{path}", headers=headers)


def test_a_stored_query_is_answered_by_its_name(stored: Served) -> None:
    body = get(stored, "by-platform").json()
    assert body["results"] == [{"platform": "Phone", "gifts": 2}, {"platform": "Web", "gifts": 3}]
    assert get(stored, "above?least=30").json()["results"] == [{"n": 1}]
    assert get(stored, "above?least=0.3&platform=Web").json()["results"] == [{"n": 3}]


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("above", 400, "The parameter least (number) is missing."),
        ("above?least=ten", 400, "The parameter least is 'ten'; write a number, such as 25.50."),
        ("above?least=1&least=2", 400, "The parameter least is given twice."),
        ("above?least=1&more=2", 400, "There is no parameter 'more'; there are: least, platform."),
        ("nosuch", 404, "This board has no stored query 'nosuch'; it has: above, by-platform, now"),
        ("other", 404, "This board has no stored query 'other'"),
    ],
)
def test_a_mistake_in_the_address_gets_a_sentence(
    stored: Served, path: str, status: int, text: str
) -> None:
    answer = get(stored, path)
    assert (answer.status_code, answer.json()["error"][: len(text)]) == (status, text)


def test_the_etag_is_the_version_of_the_data(stored: Served) -> None:
    first = get(stored, "by-platform")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    same = get(stored, "by-platform", **{"if-none-match": tag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert get(stored, "by-platform", accept="text/csv").headers["etag"] != tag
    assert get(stored, "above?least=1").headers["etag"] != tag
    stored.change(gift("d-7", 5, "Web"))
    wait_for_change(stored, tag)
    changed = get(stored, "by-platform", **{"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.json()["results"][1] == {"platform": "Web", "gifts": 4}
    assert changed.headers["etag"] != tag


def wait_for_change(served: Served, tag: str) -> None:
    """Wait until the answer is another one: it may be a moment old."""
    pause = threading.Event()
    for _ in range(100):
        if get(served, "by-platform", **{"if-none-match": tag}).status_code == 200:
            return
        pause.wait(0.05)
    raise AssertionError("the answer did not change")


def test_a_thousand_viewers_cost_one_execution_a_change(stored: Served) -> None:
    text = stored.make_key(ad_hoc=False)
    headers = {"authorization": f"Bearer {text}"}
    path = f"{stored.url}/api/boards/gala/queries/by-platform"

    def look(count: int) -> set[str]:
        with httpx.Client(headers=headers, timeout=60) as client:
            return {client.get(path).raise_for_status().headers["etag"] for _ in range(count)}

    before = stored.results.executions
    with ThreadPoolExecutor(20) as viewers:
        tags = set[str]().union(*viewers.map(look, [50] * 20))
    assert stored.results.executions - before == 1
    assert len(tags) == 1
    stored.change(gift("d-7", 5, "Web"))
    wait_for_change(stored, *tags)
    with ThreadPoolExecutor(20) as viewers:
        assert len(set[str]().union(*viewers.map(look, [50] * 20)) - tags) == 1
    assert stored.results.executions - before == 2


def test_an_answer_that_changes_by_itself_is_not_kept(stored: Served) -> None:
    first, second = get(stored, "now"), get(stored, "now")
    assert "etag" not in first.headers
    assert first.headers["cache-control"] == "no-store"
    assert first.json()["results"] != second.json()["results"]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select now()", True),
        ("select current_date", True),
        ("select CURRENT_TIMESTAMP", True),
        ("select random()", True),
        ("select uuid()", True),
        ("select gen_random_uuid()", True),
        ("select age(t) from donations", True),
        ("from donations using sample 3", True),
        ("from donations tablesample 3", True),
        ("select today() - 1", True),
        ("select sum(amount) from donations", False),
        ("select page, nowhere, samples from donations", False),
    ],
)
def test_words_that_change_by_themselves_are_known(sql: str, expected: bool) -> None:
    assert is_restless(sql) is expected


def test_a_key_is_told_its_stored_queries_and_their_parameters(stored: Served) -> None:
    told = stored.client.get("/api/explore").json()
    [gala, _] = told["boards"]
    assert [query["name"] for query in gala["queries"]] == ["above", "by-platform", "now"]
    [least, platform] = gala["queries"][0]["parameters"]
    assert least == {"name": "least", "type": "number", "default": None, "required": True}
    assert platform["default"] == "Phone"
    assert gala["queries"][1]["sql"].startswith("select platform")
    with stored.connect(ad_hoc=False) as client:
        [gala, _] = client.get("/api/explore").json()["boards"]
        assert "sql" not in gala["queries"][0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "sql: is missing"),
        ("sql = 1", "sql: is 1"),
        ("sql = 'x'\nlimit = 0", "limit: is 0; write a whole number from 1 to 10,000"),
        ("sql = 'x'\ntimeout_ms = 20000", "timeout_ms: is 20000"),
        ("sql = 'x'\nboards = ['b']", "boards: has 'b'; there are: gala"),
        ("sql = 'x'\ntitel = 'b'", "titel: is not a field of a stored query; did you mean 'title'"),
        ("sql = 'x'\n[parameters.a]", "parameters.a.type: is missing"),
        ("sql = 'x'\n[parameters.a]\ntype = 'int'", "parameters.a.type: is 'int'; write one of te"),
        (
            "sql = 'x'\n[parameters.a]\ntype = 'date'\ndefault = 'x'",
            "default: is 'x'; write a date",
        ),
        (
            "sql = 'x'\n[parameters.a]\ntype = 'text'\nx = 1",
            "parameters.a.x: is not a field of a p",
        ),
        ("sql = 'x'\n[parameters.A]\ntype = 'text'", "parameters.A: use small letters"),
        ("sql = 'x'\nparameters = 1", "parameters: is 1"),
        ("sql = 'x'\npanel = 'yes'", "panel: is 'yes'; write true or false"),
        ("sql = 'x'\nkind = 'number'", "kind: is the kind of a panel; write panel = true as well"),
        ("sql = 'x'\npanel = true\nkind = 'pie'", "kind: is 'pie'; write table or number"),
        (
            "sql = 'x'\npanel = true\n[parameters.a]\ntype = 'text'",
            "panel: is true, but nobody gives $a its value: write a default for it",
        ),
        ("sql =", "is not TOML"),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "q.toml"
    file.write_text(text)
    with pytest.raises(BoardError) as refused:
        load_query(file, frozenset({"gala"}))
    assert problem in str(refused.value)
    assert str(file) in str(refused.value)


def test_a_ninth_panel_of_a_board_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    for number in range(9):
        (folder / f"q{number}.toml").write_text("sql = 'select 1'\npanel = true")
    with pytest.raises(BoardError, match=r"board 'gala' has 9 panels \(q0, q1, .*can have 8; take"):
        load_stored(str(tmp_path), ["gala"])
    (folder / "q8.toml").write_text("sql = 'select 1'")
    assert len(load_stored(str(tmp_path), ["gala"])) == 9
