"""Keys: nobody gets in without one, and each opens only what it is for."""

import json
import socket
from pathlib import Path

import pytest

from explore.keys import KeysError, dump_keys, find_key, load_keys, make_key
from tests.explore.conftest import OpenServed
from tests.explore.served import Served

_MADE = "2026-11-21T19:00:00Z"


def test_a_key_is_32_random_bytes_and_only_its_digest_is_kept() -> None:
    text, key = make_key("Ana", ("gala",), _MADE)
    other, _ = make_key("Ana", ("gala",), _MADE)
    assert text.startswith(f"tb_{key.id}_")
    assert len(text) == 12 + 43
    assert text != other
    kept = dump_keys({key.id: key}).decode()
    assert text not in kept
    assert text[12:] not in kept
    assert key.sha256 in kept


def test_a_key_is_found_again_and_another_text_is_none(tmp_path: Path) -> None:
    text, key = make_key("Ana", ("gala",), _MADE, ad_hoc=False, rows=5)
    file = tmp_path / "keys.json"
    file.write_bytes(dump_keys({key.id: key}))
    keys = load_keys(file)
    assert find_key(keys, text) == key
    for wrong in (text[:-1] + "!", text[:-1], text + "x", text.upper(), f"tb_{key.id}_", "", "tb_"):
        assert find_key(keys, wrong) is None
    other = text[:-1] + ("A" if text[-1] != "A" else "B")
    assert find_key(keys, other) is None
    assert find_key(keys, text.replace(key.id, "aaaaaaaa")) is None
    assert find_key({}, text) is None


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 0},
        {"rows": 10_001},
        {"rows": True},
        {"at_once": 1000},
        {"timeout_ms": "2000"},
        {"ad_hoc": "no"},
        {"sha256": "abc"},
        {"boards": None},
        {"boards": [1]},
        {"name": 1},
        {"more": 1},
    ],
)
def test_a_file_with_a_wrong_key_is_refused_and_named(
    tmp_path: Path, change: dict[str, object]
) -> None:
    _, key = make_key("Ana", ("gala",), _MADE)
    fields = json.loads(dump_keys({key.id: key}))
    fields["keys"][0] |= change
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(fields))
    with pytest.raises(KeysError, match=r"keys\.json: is no file of keys"):
        load_keys(file)


def test_nobody_gets_in_without_a_key(served: Served) -> None:
    text = served.make_key()
    for headers in (
        [],
        [("authorization", "")],
        [("authorization", "Bearer")],
        [("authorization", text)],
        [("authorization", f"Basic {text}")],
        [("authorization", f"Bearer {text}x")],
        [("authorization", f"Bearer {text}"), ("authorization", f"Bearer {text}")],
        [("authorization", "Bearer tb_aaaaaaaa_" + "a" * 43)],
        [("x-api-key", text)],
        [("cookie", f"key={text}")],
    ):
        for path in ("query", "queries/x", "schema", "nothing/else"):
            url = f"{served.url}/api/boards/{served.board}/{path}"
            method = "POST" if path == "query" else "GET"
            # Without the client's own key.
            answer = served.client.build_request(method, url)
            answer.headers.clear()
            answer.headers["host"] = "x"
            for name, value in headers:
                answer.headers = type(answer.headers)(
                    [*answer.headers.multi_items(), (name, value)]
                )
            sent = served.client.send(answer)
            expected = 404 if path == "nothing/else" else 401
            assert sent.status_code == expected, headers
            if expected == 401:
                assert sent.headers["www-authenticate"] == "Bearer"
                assert sent.json()["error"].endswith(".")
    assert served.results.executions == 0


@pytest.mark.parametrize(
    "header",
    [
        b"Bearer \xff\xfe",
        b"Bearer \xc3\xa4\xf0\x9f\x8e\x89",
        b"Bearer tb_aaaaaaaa_" + b"\xe9" * 43,
        b"Bearer " + b"a" * 10_000,
        b"\xff",
        b"Bearer \t tb_",
        b"Bearer " + b"tb_aaaaaaaa_" + "\u212a".encode() * 43,
    ],
)
def test_a_hostile_header_gets_401_not_500(served: Served, header: bytes) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 10) as raw:
        raw.sendall(
            b"GET /api/explore HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: "
            + header
            + b"\r\n\r\n"
        )
        raw.settimeout(10)
        assert raw.recv(100).startswith(b"HTTP/1.1 401 ")


def test_a_key_opens_only_its_boards(open_served: OpenServed) -> None:
    served = open_served("gala", "other")
    with served.connect(boards=("gala",)) as client:
        assert client.get("/api/boards/gala/schema").status_code == 200
        refused = client.get("/api/boards/other/schema")
        assert refused.status_code == 403
        assert refused.json()["error"] == ("This key is not for a board 'other'; it is for: gala.")
        # It does not even tell which boards there are.
        assert client.get("/api/boards/nothing/schema").status_code == 403
        told = client.get("/api/explore").json()
        assert [board["name"] for board in told["boards"]] == ["gala"]
    assert served.client.get("/api/boards/nothing/schema").status_code == 404


def test_a_key_for_stored_queries_cannot_ask_in_sql(served: Served) -> None:
    with served.connect(ad_hoc=False) as client:
        answer = served.ask("select 1", client)
        assert answer.status_code == 403
        assert answer.json()["error"].startswith("This key is for stored queries only")


def test_the_limits_of_a_key_hold(served: Served) -> None:
    with served.connect(rows=3, timeout_ms=500) as client:
        assert len(served.ask("from donations", client).json()["results"]) == 3
        assert served.ask("from donations", client, limit=4).status_code == 400
        assert served.ask("from donations", client, timeout_ms=501).status_code == 400


def test_a_key_that_is_revoked_is_refused_at_once(served: Served) -> None:
    with served.connect() as client:
        assert served.ask("select 1", client).status_code == 200
        served.keys.popitem()
        served.write_keys()
        assert served.ask("select 1", client).status_code == 401
    assert served.ask("select 1").status_code == 200


def test_a_broken_file_of_keys_opens_no_door(served: Served) -> None:
    served.keys_file.write_text("{")
    assert served.ask("select 1").status_code == 401
    served.keys_file.unlink()
    assert served.ask("select 1").status_code == 401
    served.write_keys()
    assert served.ask("select 1").status_code == 200


def test_no_other_site_may_ask_unless_it_is_named(open_served: OpenServed) -> None:
    preflight = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
    }
    path = "/api/boards/gala/query"
    for served in (open_served(), open_served(origins=("https://a.example",))):
        named = {"origin": "https://a.example"}
        other = {"origin": "https://b.example"}
        allowed = [
            served.client.options(path, headers=one | preflight).headers.get(
                "access-control-allow-origin"
            )
            for one in (named, other)
        ]
        answered = served.client.get("/api/explore", headers=named).headers
        if served.app.user_middleware[1:]:
            assert allowed == ["https://a.example", None]
            assert answered["access-control-allow-origin"] == "https://a.example"
        else:
            assert allowed == [None, None]
            assert "access-control-allow-origin" not in answered
