"""`docs/protocol.md` matches the code, because others build on it."""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.client import PubSub
from starlette.routing import Route

import aggregates
import reconcile
from aggregates.batch import BatchEncoder, Change
from aggregates.board import Board, Goal, Ticker
from aggregates.control import control_key
from aggregates.held_panels import panels_key
from aggregates.keys import CHANNEL, BoardKeys, board_keys
from aggregates.look import Look
from aggregates.lua_script import read_source
from aggregates.message import Proof, decode_message
from aggregates.schema import SCHEMA
from aggregates.scripts import apply_batch, read_snapshot, read_standing
from aggregates.server_id import read_server_id
from reconcile.scripts import begin_recount, begin_sweep
from tests.conftest import ROOT
from tests.proof import OWNER, begin_run, prove_page, prove_totals
from tests.stream_events import donation
from tests.webapp.states import note_chain
from webapp.app import create_app
from webapp.feed import Feed
from webapp.following import Step
from webapp.look import Faces
from webapp.settings import Settings

pytestmark = pytest.mark.anyio

VERIFIED_AT = "2026-11-21T19:04:11.000Z"

TEXT = (ROOT / "docs/protocol.md").read_text("utf-8")
LUA = [
    *sorted((Path(aggregates.__file__).parent / "lua").glob("*.lua")),
    *sorted((Path(reconcile.__file__).parent / "lua").glob("*.lua")),
]
EXAMPLES = {
    name: json.loads(text)
    for name, text in re.findall(r"^```json (\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
}
# Members whose own members have names from the data: groups, buckets, milestones, attributes.
NAMED_BY_DATA = {
    "totals",
    "milestones",
    "names",
    "reached",
    "goal_reached",
    "attributes",
    "drift",
    "recent",
    "numbers",
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def read_section(title: str) -> str:
    """Return the text under a heading, up to the next heading."""
    found = re.search(rf"^#+ {title}\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def read_rows(title: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without the header row."""
    lines = [line for line in read_section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def find_calls(source: str, command: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of a Redis command in a Lua source."""
    for match in re.finditer(rf"call\(\s*'{command}'", source):
        depth, arguments, start = 0, [], source.index("(", match.start()) + 1
        for at in range(start, len(source)):
            if source[at] == "," and depth == 0:
                arguments.append(source[start:at].strip())
                start = at + 1
            elif source[at] == ")" and depth == 0:
                yield [*arguments, source[start:at].strip()]
                break
            depth += {"(": 1, ")": -1}.get(source[at], 0)


def shape(value: Any, name: str = "") -> Any:
    """Return a JSON value's fields, nested, without their values."""
    if isinstance(value, dict) and name in NAMED_BY_DATA:
        return {json.dumps(shape(member), sort_keys=True) for member in value.values()} - {"null"}
    if isinstance(value, dict) and name == "timeline" and "points" not in value:
        return {json.dumps(shape(member), sort_keys=True) for member in value.values()} - {"null"}
    if isinstance(value, dict):
        return {member: shape(held, member) for member, held in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [shape(value[0])]
    if isinstance(value, list) and value and isinstance(value[0], list):
        return [len(value[0])]
    return None


def test_the_schemas_number_is_the_codes() -> None:
    assert f"Schema version **{SCHEMA}**" in TEXT
    assert {example["schema"] for example in EXAMPLES.values() if "schema" in example} == {SCHEMA}


def test_there_is_an_example_of_everything_that_is_said() -> None:
    assert set(EXAMPLES) == {"message", "snapshot", "update", "control", "status", "panel"}


def test_the_channel_is_named() -> None:
    assert f"on the channel `{CHANNEL}`" in TEXT


# Redis


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


# Messages and events


@pytest.fixture
def full_board(make_board: Callable[..., Board]) -> Board:
    """Return a board with every feature, whose ticker is soon full."""
    return make_board(
        goal=Goal("amount", 100_000, (1000, 2000)),
        ticker=Ticker(1, ("platform", "amount")),
        shown=2,
        look=Look(ROOT / "boards", accent="#ff4fd8"),
    )


@pytest.fixture
def heard(redis: Redis, full_board: Board) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Return a function that returns the board's messages since its last call."""
    with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(CHANNEL)
        redis.ping()

        def take() -> list[dict[str, Any]]:
            messages = [json.loads(data) for data in take_all(pubsub)]
            return [message for message in messages if message["board"] == full_board.name]

        take()
        yield take


def take_all(pubsub: PubSub) -> Iterator[bytes]:
    """Yield the published messages: PUBLISH writes to subscribers before it replies."""
    empty = 0
    while empty < 2:
        message: Any = pubsub.get_message(timeout=0.05)
        empty = 0 if message else empty + 1
        if message:
            yield message["data"]


def apply(redis: Redis, board: Board, *changes: Change) -> None:
    batch = BatchEncoder(board).encode_stream(changes, stream_ms=1)
    apply_batch(redis, board_keys(board.name), batch)


def given(sequence: int, key: str, second: int, platform: str = "Facebook") -> Change:
    at = f"2026-11-21T19:04:{second:02}Z"
    return Change(key, sequence, donation(key, platform, 10, at), time.time())


def given_now(sequence: int, key: str, minutes_ahead: int = 0, amount: int = 10) -> Change:
    at = datetime.now(UTC) + timedelta(minutes=minutes_ahead)
    item = donation(key, amount=amount, donated_at=at.isoformat())
    return Change(key, sequence, item, time.time())


def count_everything(redis: Redis, board: Board) -> None:
    """Bring a board into a state that uses every key and every field."""
    bad = donation("bad") | {"amount": {"S": "ten"}}
    first = [given(i, f"d-{i}", i) for i in range(1, 5)]
    others = [given(5, "d-5", 5, "Phone"), given(5, "d-51", 5, "Web"), given(5, "d-52", 5, "Web 2")]
    apply(redis, board, *first, *others, Change("bad", 6, bad))
    # A running total, and more items dated in the future than are kept separately.
    apply(redis, board, given_now(7, "d-4", amount=11))
    ahead = [given_now(8, f"ahead-{n}", 10 * n, 1) for n in range(310)]
    apply(redis, board, *ahead)
    apply(redis, board, *(Change(change.key, 9, None) for change in ahead[2:]))
    prove_totals(redis, board, VERIFIED_AT, given(0, "d-0", 0))
    apply(redis, board, Change("late", 7, donation("late"), time.time() - 100))


def repair_again(redis: Redis, board: Board) -> None:
    """Start a run that adds up the ledger, on a server where the totals are not proven."""
    keys = board_keys(board.name)
    begin_run(redis, board, VERIFIED_AT, may_be_lost=True)
    begin_recount(redis, keys, OWNER, "a recount")
    apply(redis, board, given(8, "d-1", 1, "Text"))


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


@pytest.fixture
async def feed(
    redis: Redis, redis_url: str, full_board: Board, heard: Callable[[], list[dict[str, Any]]]
) -> Feed:
    """Return a feed that has read a full board from Redis."""
    count_everything(redis, full_board)
    heard()
    note_chain(redis, full_board)
    feed = Feed(full_board, "5d0c1f2ab34e", Faces(ROOT / "static").tell)
    keys = board_keys(full_board.name)
    server = read_server_id(redis, keys.meta)
    feed.accept_standing(read_standing(redis, keys), server)
    async with AsyncRedis.from_url(redis_url) as client:
        feed.accept_snapshot(await read_snapshot(client, full_board), server)
    return feed


def read_event(frame: bytes | None, event: str) -> dict[str, Any]:
    assert frame is not None
    [data] = re.findall(rf"^event: {event}\ndata: (.*)$", frame.decode(), re.MULTILINE)
    fields: dict[str, Any] = json.loads(data)
    return fields


async def test_the_snapshot_example_has_exactly_the_fields_that_are_sent(feed: Feed) -> None:
    # A bucket is recent only by today's clock; it has the form of a point.
    sent = json.loads(feed.snapshot_text())
    sent["timeline"]["recent"] = sent["timeline"]["points"]
    assert shape(sent) == shape(EXAMPLES["snapshot"])
    assert read_event(feed.take_frame(), "snapshot").keys() == EXAMPLES["snapshot"].keys()


async def test_the_update_example_has_exactly_the_fields_that_are_sent(
    feed: Feed, redis: Redis, heard: Callable[[], list[dict[str, Any]]]
) -> None:
    feed.take_frame()
    now = datetime.now(UTC)
    big = donation("d-9", amount=2000, donated_at=now.isoformat())
    apply(redis, feed.board, Change("d-5", 10, None), Change("d-9", 11, big))
    [published] = heard()
    assert feed.accept_message(decode_message(json.dumps(published))) is Step.FOLLOW
    sent = read_event(feed.take_frame(), "update")
    assert sent["reached"]
    assert sent["totals"]["Phone"] is None
    assert sent["ticker"]["put"]
    # The example is a frame without new ticker items.
    sent["ticker"]["put"] = []
    assert {**shape(sent), "reached": None} == {**shape(EXAMPLES["update"]), "reached": None}


async def test_the_status_example_has_exactly_the_fields_that_are_sent(feed: Feed) -> None:
    assert shape(read_event(feed.status_frame(), "status")) == shape(EXAMPLES["status"])


async def test_the_panel_example_has_exactly_the_fields_that_are_sent(feed: Feed) -> None:
    example = EXAMPLES["panel"]
    feed.panels.accept_text(json.dumps(example).encode())
    assert read_event(feed.take_frame(), "panel") == example


async def test_every_state_of_a_feed_is_listed_with_whether_it_is_live(feed: Feed) -> None:
    listed = {state.strip("`"): live == "true" for state, live, _ in read_rows("Events")}
    assert listed == {"live": True, "checking": False, "offline": False}
    told = {feed.status.state: feed.live}
    feed.set_offline()
    told[feed.status.state] = feed.live
    feed.accept_snapshot(None, "")
    told[feed.status.state] = feed.live
    assert told == listed


# HTTP


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
