"""What goes wrong with a ClickHouse server is told, with what to do, and within a bounded time."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sinks.call_time import CallTime
from sinks.clickhouse.errors import ClickHouseError, explain_refusal
from sinks.clickhouse.server import Server, quote_name, quote_text
from sinks.kinds.clickhouse import ClickHouse
from sinks.sink_state import DETACHED
from tests.conftest import free_port
from tests.sinks.clickhouse.access import ENVIRONMENT
from tests.sinks.clickhouse.conftest import MakeSink
from tests.sinks.clickhouse.gifts import Gifts


@pytest.fixture
def sink(make_sink: MakeSink) -> ClickHouse:
    return make_sink()


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the address of a server that takes requests and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def fail(sink: ClickHouse, environment: dict[str, str] = ENVIRONMENT, **options: Any) -> str:
    with pytest.raises(ClickHouseError) as raised:
        Server(sink, environment, **options).ask("SELECT 1")
    return str(raised.value)


def test_a_wrong_password_is_told(sink: ClickHouse) -> None:
    assert fail(sink, {"CLICKHOUSE_PASSWORD": "no"}) == (
        f"ClickHouse at {sink.url} refuses the user tallyboard: correct `user`, or set"
        " CLICKHOUSE_PASSWORD to its password"
    )


def test_a_variable_that_is_not_set_is_told(sink: ClickHouse) -> None:
    assert fail(sink, {}) == (
        "the environment variable CLICKHOUSE_PASSWORD is not set: set it to the password of"
        " ClickHouse's user tallyboard"
    )


def test_a_host_that_does_not_exist_is_told(sink: ClickHouse) -> None:
    told = fail(replace(sink, url="http://clickhouse.invalid:8123"))
    assert told.startswith("there is no host clickhouse.invalid: correct `url`")


def test_a_server_that_does_not_run_is_told(sink: ClickHouse) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    told = fail(replace(sink, url=url))
    assert told.startswith(f"ClickHouse does not answer at {url}: ConnectionRefusedError")
    assert told.endswith("start it, let this machine reach it, or correct `url`")


def test_a_server_without_tls_is_told(sink: ClickHouse) -> None:
    told = fail(replace(sink, url=sink.url.replace("http", "https")))
    assert "cannot be trusted, or does not speak TLS" in told


def test_a_server_that_never_answers_is_not_waited_for(sink: ClickHouse, silent: str) -> None:
    began = time.monotonic()
    assert "does not answer" in fail(replace(sink, url=silent), answer_seconds=0.2)
    assert time.monotonic() - began < 3


class Polite(BaseHTTPRequestHandler):
    """Says that all is well."""

    sign, body = "X-Other", b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header(self.sign, "1")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class Breaking(Polite):
    """Fails in the middle of an answer, as newer servers tell it."""

    sign = "X-ClickHouse-Query-Id"
    body = b"[1]\n\r\n__exception__\r\nCode: 241. DB::Exception: Memory limit exceeded.\n"


@contextmanager
def serve(handler: type[Polite]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_what_is_not_clickhouse_takes_nothing(sink: ClickHouse) -> None:
    with serve(Polite) as url:
        other = Server(replace(sink, url=url), ENVIRONMENT)
        with pytest.raises(ClickHouseError, match="is not ClickHouse's HTTP interface"):
            other.run("INSERT INTO x FORMAT JSONEachRow", b"{}")


def test_an_error_after_the_first_rows_is_told(sink: ClickHouse) -> None:
    with serve(Breaking) as url:
        rows = Server(replace(sink, url=url), ENVIRONMENT).read("SELECT 1")
        assert next(rows) == [1]
        with pytest.raises(ClickHouseError, match=r"answers 200: Code: 241\. .*Memory limit"):
            next(rows)


class Left:
    """What Lambda passes."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> float:
        return self._seconds * 1000


def test_no_request_begins_that_might_not_end_in_time(sink: ClickHouse) -> None:
    call_time = CallTime()
    # A call has 20 s, and its first request is about the sink's state.
    call_time.begin(Left(15.6))
    assert Server(sink, ENVIRONMENT, call_time).ask("SELECT 1") == [[1]]
    call_time.begin(Left(15.4))
    assert fail(sink, call_time=call_time) == (
        "there was no time: the function's call had only 15.4 s left"
    )


def test_a_database_that_is_missing_is_told(sink: ClickHouse) -> None:
    other = replace(sink, database="nowhere")
    with pytest.raises(ClickHouseError, match="CREATE DATABASE nowhere"):
        Server(other, ENVIRONMENT).run("CREATE TABLE nowhere.x (a Int8) ENGINE = Memory")


def test_what_clickhouse_refuses_is_told_without_the_rows_it_quotes(sink: ClickHouse) -> None:
    server = Server(sink, ENVIRONMENT)
    server.run(f"CREATE TABLE {sink.database}.x (a Decimal(18, 2), b Int8) ENGINE = Memory")
    insert = f"INSERT INTO {sink.database}.x (a, b) FORMAT JSONEachRow"
    for data in ('{"a": "Ada Lovelace"}', '{"b": "Ada Lovelace"}', "Ada"):
        with pytest.raises(ClickHouseError) as raised:
            server.run(insert, data.encode())
        assert "Ada" not in str(raised.value)
        assert len(str(raised.value)) < 500


def test_a_missing_right_says_where_the_rights_are(sink: ClickHouse) -> None:
    # chDB has no users: this is what a server says.
    text = (
        "Code: 497. DB::Exception: tallyboard: Not enough privileges. To execute this query, it's"
        " necessary to have the grant INSERT(key) ON gala.donations_rows. (ACCESS_DENIED)"
    )
    told = str(explain_refusal(sink, 403, text))
    assert "lets the user tallyboard not do this" in told
    assert "INSERT(key) ON gala.donations_rows" in told
    assert "docs/explore.md has the rights" in told


def test_an_error_of_a_query_is_told(sink: ClickHouse) -> None:
    with pytest.raises(ClickHouseError, match="Value passed to 'throwIf'"):
        list(
            Server(sink, ENVIRONMENT).read(
                "SELECT throwIf(number = 3) FROM numbers(10) SETTINGS max_block_size = 1"
            )
        )


@pytest.mark.parametrize("text", ["it's", 'a"b`c\\', "\\'", "\n\t\x00ä😀", "{x:String}"])
def test_texts_and_names_are_quoted(sink: ClickHouse, text: str) -> None:
    server = Server(sink, ENVIRONMENT)
    assert server.ask(f"SELECT {quote_text(text)}") == [[text]]
    name = text.replace("\x00", "")
    assert server.ask(f"SELECT {quote_name(name)} FROM (SELECT 7 AS {quote_name(name)})") == [[7]]


def test_while_the_server_is_away_changes_come_again(dynamodb: Any, sink: ClickHouse) -> None:
    gifts = Gifts(dynamodb, sink)
    gifts.fill()
    gifts.put(1)
    away = replace(sink, url=f"http://127.0.0.1:{free_port()}")
    assert not gifts.deliver(*gifts.read_records(), sink=away)
    state = gifts.read_state()
    assert "does not answer" in state.why
    assert state.status != DETACHED
    assert gifts.deliver(*gifts.read_records())
    assert gifts.read_state().failing_since == ""
    assert gifts.find_wrong() == []
