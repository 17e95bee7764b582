"""A client that leaves ends its query; too many at once are told to wait."""

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx

from explore.limits import Limits
from tests.explore.conftest import OpenServed
from tests.explore.served import Served, gift
from tests.waiting import wait_for

_SLOW = (
    "select count(*) from range(1000000) a, range(1000000) b, donations"
    " where a.range + b.range < {}"
)


def open_request(served: Served, sql: str) -> socket.socket:
    """Send a query on a connection of its own, and return the connection."""
    body = json.dumps({"sql": sql, "timeout_ms": 10_000}).encode()
    key = served.client.headers["authorization"]
    raw = socket.create_connection(("127.0.0.1", served.port), 10)
    raw.sendall(
        f"POST /api/boards/gala/query HTTP/1.1\r\nhost: x\r\nauthorization: {key}\r\n"
        f"content-length: {len(body)}\r\n\r\n".encode()
        + body
    )
    return raw


def count_running(served: Served) -> int:
    return len(served.engine._finishing)


def test_a_client_that_leaves_ends_its_query(open_served: OpenServed) -> None:
    served = open_served(limits=Limits(workers=1))
    served.fill([gift("d-1")])
    with open_request(served, _SLOW.format(0)):
        wait_for(lambda: count_running(served) == 1)
    # Far before the 10 s that the query may take: the only worker is free again.
    wait_for(lambda: count_running(served) == 0, timeout_seconds=4)
    assert served.ask("select 1 as a").json()["results"] == [{"a": 1}]


def test_a_query_goes_on_while_somebody_waits_for_it(open_served: OpenServed) -> None:
    served = open_served(limits=Limits(workers=2))
    served.fill([gift("d-1")])
    first = open_request(served, _SLOW.format(0))
    wait_for(lambda: count_running(served) == 1)
    second = open_request(served, _SLOW.format(0))
    # The second one has joined: it is no execution of its own.
    wait_for(lambda: [flight.waiting for flight in served.results._flights.values()] == [2])
    first.close()
    wait_for(lambda: [flight.waiting for flight in served.results._flights.values()] == [1])
    assert served.results.executions == 1
    assert count_running(served) == 1
    second.close()
    wait_for(lambda: count_running(served) == 0, timeout_seconds=4)


def test_a_key_runs_only_so_many_at_once(open_served: OpenServed) -> None:
    served = open_served()
    served.fill([gift("d-1")])
    with served.connect(at_once=1) as client, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(served.ask, _SLOW.format(0), client, timeout_ms=2_000)
        wait_for(lambda: count_running(served) == 1)
        refused = served.ask("select 1", client)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["error"].startswith("This key runs as many queries at once")
        # Another key is another matter.
        assert served.ask("select 1").status_code == 200
        assert slow.result(20).status_code == 408
        assert served.ask("select 1", client).status_code == 200


def test_a_full_queue_says_when_to_come_again(open_served: OpenServed) -> None:
    served = open_served(limits=Limits(workers=1, queue=2))
    served.fill([gift("d-1")])
    texts: list[httpx.Response] = []
    lock = threading.Lock()

    def ask(number: int) -> None:
        with served.connect() as client:
            answer = served.ask(_SLOW.format(-number), client, timeout_ms=1_500)
        with lock:
            texts.append(answer)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ask, range(6)))
    statuses = sorted(answer.status_code for answer in texts)
    assert statuses == [408, 408, 408, 429, 429, 429]
    [said, *_] = [answer for answer in texts if answer.status_code == 429]
    assert said.headers["retry-after"] == "1"
    assert said.json()["error"] == "Too many queries are waiting. Try again in a moment."
