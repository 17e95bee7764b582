"""`docs/protocol.md` matches the code, because others build on it."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis
from starlette.routing import Route

from aggregates.batch import Change
from aggregates.board import Board
from aggregates.control import control_key
from aggregates.held_panels import panels_key
from aggregates.keys import CHANNEL, BoardKeys, board_keys
from aggregates.lua_script import read_source
from aggregates.message import Proof, decode_message
from aggregates.schema import SCHEMA
from aggregates.server_id import read_server_id
from reconcile.scripts import begin_sweep
from tests.conftest import ROOT
from tests.proof import OWNER, begin_run, prove_page, prove_totals
from tests.protocol.full import VERIFIED_AT, apply, count_everything, given, given_now, repair_again
from tests.protocol.text import EXAMPLES, LUA, TEXT, find_calls, read_rows, shape
from webapp.app import create_app
from webapp.settings import Settings

pytestmark = pytest.mark.anyio


def test_the_schemas_number_is_the_codes() -> None:
    assert f"Schema version **{SCHEMA}**" in TEXT
    assert {example["schema"] for example in EXAMPLES.values() if "schema" in example} == {SCHEMA}


def test_there_is_an_example_of_everything_that_is_said() -> None:
    assert set(EXAMPLES) == {"message", "snapshot", "update", "control", "status", "panel"}


def test_the_channel_is_named() -> None:
    assert f"on the channel `{CHANNEL}`" in TEXT


def test_every_key_is_listed_with_its_type() -> None:
    [header] = re.findall(r"--\[\[(.*?)\]\]", LUA[0].read_text(), re.DOTALL)
    assert LUA[0].stem == "apply"
    types = dict(re.findall(r"^KEYS\[\d+\] +(\w+) +(\w+)", header, re.MULTILINE))
    types["chain"] = "hash"  # the watch's
    listed = {row[0].strip("`"): row[1] for row in read_rows("Redis keys")}
    keys = board_keys("fundraiser")
    of_scripts = {getattr(keys, part): types[part] for part in BoardKeys._fields}
    others = {control_key("fundraiser"): "string", panels_key("fundraiser"): "hash"}
    assert listed == of_scripts | others


def test_every_field_of_meta_that_a_script_writes_is_listed_and_no_other() -> None:
    written: set[str] = set()
    for script in LUA:
        for _, key, *pairs in find_calls(read_source(script).decode(), "HSET"):
            if key == "meta_key":
                assert all(field.startswith("'") for field in pairs[::2]), pairs
                written |= {field.strip("'") for field in pairs[::2]}
    listed = {field for row in read_rows("meta") for field in re.findall(r"`(\w+)`", row[0])}
    assert written == listed


def test_what_redis_holds_is_of_the_listed_types_without_a_ttl(
    redis: Redis, full_board: Board
) -> None:
    count_everything(redis, full_board)
    repair_again(redis, full_board)
    keys = board_keys(full_board.name)
    listed = [
        (row[0].strip("`").replace("fundraiser", full_board.name), row[1])
        for row in read_rows("Redis keys")
    ]
    others = {control_key(full_board.name), panels_key(full_board.name)}
    assert {key for key, _ in listed} == {*keys, *others}
    for key, type_ in listed:
        if key in (keys.chain, *others):
            continue  # the watch's, the crew's, and that of SQL's service
        assert (redis.type(key), redis.ttl(key)) == (type_.encode(), -1), key


def test_the_fields_of_a_full_boards_meta_are_all_that_are_listed(
    redis: Redis, full_board: Board
) -> None:
    """Messages of a proven board, and of a repair before its proof."""
    meta = board_keys(full_board.name).meta
    count_everything(redis, full_board)
    proven: Any = redis.hkeys(meta)
    repair_again(redis, full_board)
    repairing: Any = redis.hkeys(meta)
    listed = {field for row in read_rows("meta") for field in re.findall(r"`(\w+)`", row[0])}
    assert {field.decode() for field in (*proven, *repairing)} == listed


def test_the_fields_of_a_run_are_all_that_are_listed(redis: Redis, full_board: Board) -> None:
    begin_run(redis, full_board, VERIFIED_AT)
    prove_page(redis, full_board, 0, given(0, "d-1", 1))
    begin_sweep(redis, board_keys(full_board.name), OWNER)
    fields: Any = redis.hkeys(board_keys(full_board.name).reconcile)
    held = {field.decode() for field in fields}
    listed = {
        field.replace("<segment>", "0").replace("<group>:<measure>", f"{group}:{measure}")
        for row in read_rows("reconcile")
        for field in re.findall(r"`([^`]+)`", row[0])
        for group in ("ALL", "Facebook")
        for measure in ("count", "amount")
    }
    assert held == listed


def test_the_message_example_has_exactly_the_fields_that_are_published(
    redis: Redis, full_board: Board, heard: Callable[[], list[dict[str, Any]]]
) -> None:
    apply(redis, full_board, given(1, "d-1", 1, "Phone"))
    apply(redis, full_board, Change("d-1", 2, None), given(3, "d-3", 3), given_now(4, "d-4"))
    _, published = heard()
    assert published["totals"]["Phone"] is None
    assert published["ticker"]["removed"]
    assert published["milestones"]
    assert shape(published) == shape(EXAMPLES["message"])


def test_the_message_example_is_one_that_the_web_app_reads() -> None:
    example = EXAMPLES["message"]
    message = decode_message(json.dumps(example))
    assert (message.board, message.version) == (example["board"], example["version"])
    assert message.totals == example["totals"]
    assert message.removed == tuple(example["ticker"]["removed"])
    assert set(message.milestones) == {5_000_000}


def test_what_the_text_says_of_absent_fields_is_so(
    redis: Redis,
    make_board: Callable[..., Board],
    full_board: Board,
    heard: Callable[[], list[dict[str, Any]]],
) -> None:
    usual = set(EXAMPLES["message"])
    prove_totals(redis, full_board, VERIFIED_AT, given(0, "d-1", 1))
    scanned, verified = heard()
    assert set(scanned) == usual - {"created", "milestones", "celebrate"}
    of_buckets = {"step", "timeline", "recent", "group_count", "numbers"}
    proof = {"verified_at", "verified_server", "drift"}
    assert set(verified) == usual - {"created", "ticker"} - of_buckets | proof
    sums = {"count": 1, "amount": 1000}
    assert decode_message(json.dumps(verified)).proof == Proof(
        verified["at"],
        read_server_id(redis, board_keys(full_board.name).meta),
        {"ALL": sums, "Facebook": sums},
    )


def test_every_route_of_the_app_is_listed_and_no_other() -> None:
    app = create_app(Settings(boards=str(ROOT / "boards")))
    routed: set[str] = set()
    for route in app.routes:
        assert isinstance(route, Route)
        routed.add(route.path.replace("{path:path}", "…").replace(":path}", "}"))
    listed = {
        address.partition("?")[0]
        for row in read_rows("HTTP")
        for address in re.findall(r"`GET ([^`]+)`", row[0])
    }
    assert routed == listed
