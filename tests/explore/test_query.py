"""`POST /api/boards/{board}/query`: what is answered, and what is refused with which sentence."""

import csv
import io
import json
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from aggregates.board_file import load_board
from tests.conftest import ROOT
from tests.explore.conftest import GIFTS, OpenServed
from tests.explore.served import Served
from tests.waiting import wait_for

_SLOW = (
    "select count(*) from range(100000) a, range(100000) b, donations where a.range + b.range < 0"
)


def test_an_answer_has_columns_rows_limits_and_the_state_of_the_data(served: Served) -> None:
    answer = served.ask(
        "select platform, sum(amount) as total, count(*) as gifts from donations"
        " where platform = $p group by 1",
        parameters={"p": "Phone"},
    )
    assert answer.status_code == 200
    body = answer.json()
    assert body["columns"] == [
        {"name": "platform", "type": "VARCHAR"},
        {"name": "total", "type": "DECIMAL(38,2)"},
        {"name": "gifts", "type": "BIGINT"},
    ]
    assert body["results"] == [{"platform": "Phone", "total": "125.00", "gifts": 2}]
    assert (body["rows"], body["truncated"]) == (1, False)
    assert body["stats"].keys() == {"elapsed_ms", "queued_ms", "cached"}
    assert body["status"]["state"] == "live"
    assert body["status"]["version"] > 0
    assert body["status"]["created"].endswith("Z")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_money_is_exact_and_what_the_board_rejects_is_told(served: Served) -> None:
    body = served.ask("select sum(amount) as total from donations where platform = 'Web'").json()
    assert body["results"] == [{"total": "1.20"}]
    assert any("amount is NULL" in warning and "1 item" in warning for warning in body["warnings"])


def test_rows_beyond_the_limit_are_left_out_and_it_says_so(served: Served) -> None:
    body = served.ask("from donations", limit=2).json()
    assert (len(body["results"]), body["truncated"]) == (2, True)
    body = served.ask("from donations", limit=len(GIFTS)).json()
    assert (len(body["results"]), body["truncated"]) == (len(GIFTS), False)


def test_two_columns_of_one_name_keep_both_values(served: Served) -> None:
    body = served.ask("select 1 as a, 2 as a, 3 as a_1, 4 as A").json()
    assert sorted(body["results"][0].values()) == [1, 2, 3, 4]
    assert [column["name"] for column in body["columns"]] == list(body["results"][0])


def test_csv_is_sent_to_whoever_asks_for_it_and_no_cell_is_a_formula(served: Served) -> None:
    path = f"/api/boards/{served.board}/query"
    sql = (
        "select name, amount, -amount as minus, [1, 2] as l, null as n, true as t, '-2+3' as s,"
        " '-5' as m from donations where name is not null"
    )
    answer = served.client.post(path, json={"sql": sql}, headers={"accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["x-truncated"] == "false"
    assert answer.headers["x-state"] == "live"
    assert "attachment" in answer.headers["content-disposition"]
    head, row = csv.reader(io.StringIO(answer.text))
    assert head == ["name", "amount", "minus", "l", "n", "t", "s", "m"]
    assert row == ["'=HYPERLINK(1)", "100.00", "-100.00", "[1, 2]", "", "true", "'-2+3", "-5"]


def test_while_the_table_is_filled_the_state_is_loading(open_served: OpenServed) -> None:
    served = open_served()
    body = served.ask("select count(*) as n from donations").json()
    assert body["results"] == [{"n": 0}]
    assert body["status"]["state"] == "loading"


MISTAKES: dict[str, tuple[Any, int, str]] = {
    "no JSON": (b"{", 400, "The body is not JSON"),
    "no UTF-8": (b'{"sql": "\xff"}', 400, "The body is not JSON"),
    "half a character": (b'{"sql": "select \'\\ud800\'"}', 400, "The body is not JSON"),
    "deep JSON": (b"[" * 100_000, 400, "The body is not JSON"),
    "a long number": (b'{"limit": ' + b"1" * 10_000 + b"}", 400, "The body is not JSON"),
    "NaN": (b'{"sql": "select $p", "parameters": {"p": NaN}}', 400, "The body is not JSON"),
    "a list": ([], 400, "The body is not a JSON object"),
    "nothing": (b"", 400, "The body is not JSON"),
    "no SQL": ({}, 400, "The field sql is missing"),
    "blank SQL": ({"sql": "  "}, 400, "The field sql is missing"),
    "SQL that is a number": ({"sql": 1}, 400, "The field sql is missing"),
    "another field": ({"sql": "select 1", "timeout": 1}, 400, "There is no field 'timeout'"),
    "limit 0": ({"sql": "select 1", "limit": 0}, 400, "limit is '0'; with this key it can be 1"),
    "limit 10001": ({"sql": "select 1", "limit": 10_001}, 400, "limit is '10001'"),
    "limit true": ({"sql": "select 1", "limit": True}, 400, "limit is 'True'"),
    "a long time": ({"sql": "select 1", "timeout_ms": 10_001}, 400, "timeout_ms is '10001'"),
    "a list of parameters": ({"sql": "select 1", "parameters": [1]}, 400, "parameters must be"),
    "a parameter that is a list": (
        {"sql": "select $p", "parameters": {"p": [1]}},
        400,
        "The parameter 'p' must be text",
    ),
    "an endless number": (
        b'{"sql": "select $p", "parameters": {"p": 1e999}}',
        400,
        "The parameter 'p' must be text",
    ),
    "many parameters": (
        {"sql": "select 1", "parameters": dict.fromkeys(map(str, range(51)))},
        400,
        "There are 51 parameters; the limit is 50.",
    ),
    "a parameter that is missing": ({"sql": "select $p"}, 400, ""),
    "a parameter too many": ({"sql": "select 1", "parameters": {"p": 1}}, 400, ""),
    "two statements": ({"sql": "select 1; select 2"}, 400, "There are 2 statements"),
    "writing": ({"sql": "delete from donations"}, 400, "DELETE is not allowed"),
    "a table that is not there": ({"sql": "from x"}, 400, "There is no table 'x' here"),
    "a column that is not there": ({"sql": "select nosuch from donations"}, 400, ""),
    "an overflow": ({"sql": "select (2**62)::bigint * 4::bigint"}, 400, ""),
    "much SQL": ({"sql": f"select '{'a' * 70_000}'"}, 400, "The query has 70,009 bytes"),
    "a large body": (b" " * 600_000, 413, "The request is larger than 512 KB."),
    "a large answer": ({"sql": "select repeat('x', 11000000)"}, 400, "The answer is larger than"),
    "much memory": (
        {"sql": "select list(a.range) from range(999999999) a", "timeout_ms": 10_000},
        400,
        "",
    ),
    "much time": ({"sql": _SLOW, "timeout_ms": 100}, 408, "The query took longer than 100 ms"),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a server for tests that change nothing."""
    board = replace(load_board(ROOT / "boards/fundraiser.toml"), name="gala")
    made = Served({"gala": board}, tmp_path_factory.mktemp("shared"))
    made.fill(GIFTS)
    yield made
    made.close()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_status_and_a_sentence(shared: Served, mistake: str) -> None:
    body, status, text = MISTAKES[mistake]
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = shared.client.post("/api/boards/gala/query", content=content)
    said = answer.json()["error"]
    assert (answer.status_code, said[: len(text)]) == (status, text)
    assert said[0].isupper() or said[:5] in ("limit", "timeo", "param")
    assert said.endswith((".", "!", "?"))
    assert "Traceback" not in said
    assert shared.ask("select 1 as a").json()["results"] == [{"a": 1}]


def test_an_error_names_its_place(shared: Served) -> None:
    body = shared.ask("select 'ä',\n  nosuch\nfrom donations").json()
    assert (body["line"], body["column"]) == (2, 3)
    body = shared.ask("select 1\nfrom nowhere").json()
    assert (body["position"], body["line"], body["column"]) == (14, 2, 6)


def test_a_body_without_a_length_is_measured_as_it_comes(shared: Served) -> None:
    answer = shared.client.post("/api/boards/gala/query", content=iter([b" " * 300_000] * 3))
    assert answer.status_code == 413


def test_the_server_says_what_it_has_not(shared: Served) -> None:
    for method, path, status in (
        ("GET", "/api/boards/gala/query", 405),
        ("GET", "/api/boards/gala/nothing", 404),
        ("GET", "/", 404),
        ("DELETE", "/api/boards/gala/schema", 405),
    ):
        answer = shared.client.request(method, path)
        assert answer.status_code == status
        assert answer.json()["error"].endswith(".")


def test_the_schema_tells_types_and_how_many_items_have_another(shared: Served) -> None:
    body = shared.client.get("/api/boards/gala/schema").json()
    columns = {column["name"]: column for column in body["columns"]}
    assert columns["amount"] == {
        "name": "amount",
        "attribute": "amount",
        "type": "DECIMAL(18,2)",
        "others": 1,
    }
    assert columns["item"]["type"] == "JSON"
    assert (body["table"], body["rows"]) == ("donations", len(GIFTS))
    assert body["status"]["state"] == "live"


def test_a_query_that_kills_the_engine_is_answered_and_the_next_one_works(served: Served) -> None:
    pid = served.engine.pid
    assert pid is not None
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(served.ask(_SLOW, timeout_ms=9_000)))
    asking.start()
    wait_for(lambda: served.results.executions > 0)
    os.kill(pid, signal.SIGKILL)
    asking.join(20)
    [answer] = answers
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.json()["error"].endswith("Try again in a moment.")
    again = served.ask("select count(*) as n from donations").json()
    assert again["results"] == [{"n": len(GIFTS)}]
