import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from aggregates.message import (
    MAX_MESSAGE_BYTES,
    SCHEMA,
    MessageError,
    Proof,
    TickerItem,
    decode_message,
    format_time,
)
from aggregates.snapshot import decode_snapshot

AT = "2026-11-21T19:04:11.218Z"
PROOF = Proof(AT, "a" * 40, {"ALL": {"count": -1, "amount": 250}})
PROOF_FIELDS = {
    "verified_at": AT,
    "verified_server": PROOF.server,
    "drift": PROOF.drift,
}


def fields(**changes: Any) -> dict[str, Any]:
    message = {
        "schema": SCHEMA,
        "board": "fundraiser",
        "epoch": "9f2c4be01d7a6e35",
        "version": 813,
        "at": AT,
        "totals": {"ALL": {"count": 1, "amount": 25}, "Phone": None},
        "rejected": 0,
    }
    return {**message, **changes}


def test_a_message_is_read_with_integers_for_buckets_and_milestones() -> None:
    item = {"id": 17, "at_ms": 5, "attributes": {"platform": "🎁"}}
    message = decode_message(
        json.dumps(
            fields(
                created=AT,
                group_count=7,
                step=120,
                timeline={"1795287840": {"count": 4}, "120": None},
                recent={"1795287900": {"count": 4}},
                celebrate=[5000000],
                moved=3,
                ticker={"put": [item], "removed": [5]},
                milestones={"5000000": AT, "100": None},
                **PROOF_FIELDS,
            )
        )
    )
    assert (message.board, message.version, message.at) == ("fundraiser", 813, AT)
    assert message.totals == {"ALL": {"count": 1, "amount": 25}, "Phone": None}
    assert (message.group_count, message.step_seconds, message.moved) == (7, 120, 3)
    assert message.points == {1795287840: {"count": 4}, 120: None}
    assert message.recent == {1795287900: {"count": 4}}
    assert message.put == (TickerItem(17, 5, {"platform": "🎁"}),)
    assert message.removed == (5,)
    assert message.milestones == {5_000_000: AT, 100: None}
    assert message.celebrate == (5_000_000,)
    assert (message.created, message.proof) == (AT, PROOF)


def test_a_board_without_timeline_ticker_and_goal_has_none_of_it_in_its_messages() -> None:
    message = decode_message(json.dumps(fields()).encode())
    assert (message.points, message.recent, message.step_seconds) == (None, None, None)
    assert (message.put, message.removed, message.milestones) == ((), (), {})
    assert (message.created, message.proof) == (None, None)


def test_fields_that_are_not_known_are_skipped() -> None:
    assert decode_message(json.dumps(fields(colour="red"))) == decode_message(json.dumps(fields()))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"schema": 1}, "schema is 1; this version reads 2"),
        ({"schema": None}, "schema is None"),
        ({"board": 7}, "board is 7"),
        ({"epoch": None}, "epoch is None"),
        ({"epoch": "e" * 101}, "epoch is .*, 101 characters long"),
        ({"version": "813"}, "version is '813'"),
        ({"version": True}, "version is True"),
        ({"version": -1}, "version is -1; it cannot be negative"),
        ({"version": 2**53 + 1}, "version has .*exact up to"),
        ({"at": 5}, "at is 5"),
        ({"totals": []}, r"totals is \[\]"),
        ({"totals": {"ALL": None}}, "ALL is null"),
        ({"totals": {"ALL": {}}}, "totals: 'ALL' is {}"),
        ({"totals": {"ALL": {"count": 10**300}}}, "totals: 'ALL' has 1000.*exact up to"),
        ({"totals": {"ALL": {"count": 1, "amount": -(2**53) - 1}}}, "exact up to"),
        ({"totals": {"ALL": {"count": 1.0}}}, "totals: 'ALL' has 1.0"),
        ({"timeline": {"noon": None}}, "timeline: .*noon"),
        ({"recent": {"noon": None}}, "recent: .*noon"),
        ({"milestones": {"most": AT}}, "milestones: .*most"),
        ({"milestones": {"100": 5}}, "milestones is 5"),
        ({"milestones": {"100": {"a": 1}}}, "milestones is"),
        ({"milestones": {"100": "x" * 500}}, "500 characters long"),
        ({"milestones": [100]}, "milestones: "),
        ({"celebrate": ["100"]}, "celebrate has '100'"),
        ({"group_count": -1}, "group_count is -1"),
        ({"ticker": {"put": [{"id": "x"}], "removed": []}}, "id is 'x'"),
        ({"ticker": {"put": []}}, "removed is None"),
        ({"ticker": []}, "put is None"),
        ({"ticker": {"put": [5], "removed": []}}, "id is None"),
        (
            {"ticker": {"put": [{"id": 1, "at_ms": 1, "attributes": {"a": []}}], "removed": []}},
            "attributes: 'a'",
        ),
        ({"totals": {"Facebook": 5}}, "totals: 'Facebook' is 5"),
        ({"timeline": {"60": [1]}}, r"timeline: 60 is \[1\]"),
        ({"timeline": []}, "timeline: "),
        ({"rejected": None}, "rejected is None"),
        (PROOF_FIELDS | {"verified_server": 5}, "verified_server is 5"),
        (PROOF_FIELDS | {"drift": []}, r"drift is \[\]"),
        (PROOF_FIELDS | {"drift": {"ALL": 5}}, "drift: 'ALL' is 5"),
        (PROOF_FIELDS | {"drift": {"ALL": {"count": "5"}}}, "drift: 'ALL' has '5'"),
        ({"verified_at": AT}, "drift is None"),
    ],
    ids=str,
)
def test_a_message_that_breaks_the_protocol_is_refused_by_the_fields_name(
    changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(MessageError, match=named):
        decode_message(json.dumps(fields(**changes)))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"5", b"\xff", "null"])
def test_what_is_no_json_object_is_no_message(data: bytes | str) -> None:
    with pytest.raises(MessageError, match="a message is not"):
        decode_message(data)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"a":' * 200_000,
        json.dumps(fields(totals={"\ud800": None})),
        json.dumps(fields(at="\udc00")),
        json.dumps(fields()) + " " * MAX_MESSAGE_BYTES,
        json.dumps(fields()).replace("813", "8" * 5000),
    ],
    ids=["deep list", "deep object", "half a pair", "the other half", "1 MB", "5,000 digits"],
)
@pytest.mark.parametrize("encode", [str, str.encode], ids=["text", "bytes"])
def test_one_message_never_ends_the_process(text: str, encode: Callable[[str], Any]) -> None:
    """Decoding raises only the error that the listener catches."""
    with pytest.raises(MessageError):
        decode_message(encode(text))


def test_a_character_of_two_surrogates_is_text() -> None:
    message = decode_message(json.dumps(fields(totals={"🎁": None})))
    assert message.totals == {"🎁": None}


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "SECRET" * 10**6},
        {"totals": {"A" * 10**5: "SECRET" * 1000}},
        {"ticker": {"put": [{"id": "SECRET" * 1000}], "removed": []}},
        {"milestones": {"SECRET" * 1000: AT}},
    ],
    ids=["a field", "a group", "an item", "a milestone"],
)
def test_an_error_quotes_only_the_beginning_of_a_value(changes: dict[str, Any]) -> None:
    """The text reaches screens and logs."""
    with pytest.raises(MessageError) as caught:
        decode_message(json.dumps(fields(**changes)))
    assert len(str(caught.value)) < 200


MEASURES = ("count", "amount")


def snapshot_reply(**meta: str) -> list[Any]:
    pairs = [text.encode() for pair in meta.items() for text in pair]
    groups = [b"a:b\n", b"1", b"25", b"old", b"1", None]
    timeline, recent = [b"60:count", b"1"], [b"120:count", b"1"]
    milestones = [b"100", AT.encode(), b"lost:200", AT.encode() + b"|5"]
    ticker = [b'{"at_ms":5,"id":1,"attributes":{}}']
    return [
        pairs,
        99,
        0,
        [b"1", None],
        groups,
        9,
        timeline,
        recent,
        milestones,
        ticker,
        3,
        [b"2", b"1"],
    ]


def test_a_snapshot_has_the_first_groups_with_what_was_asked_for() -> None:
    meta = {"epoch": "e", "version": "7", "at": AT, "step": "60", "moved": "2"}
    snapshot = decode_snapshot(snapshot_reply(created=AT, definition="d", **meta), MEASURES)
    assert snapshot is not None
    assert snapshot.totals == {
        "ALL": {"count": 1},
        "a:b\n": {"count": 1, "amount": 25},
        "old": {"count": 1},
    }
    assert (snapshot.points, snapshot.recent) == ({60: {"count": 1}}, {120: {"count": 1}})
    assert (snapshot.step_seconds, snapshot.group_count, snapshot.moved) == (60, 9, 2)
    assert snapshot.numbers == {"a:b\n": 2, "old": 1}
    assert snapshot.milestones == {100: AT}
    assert snapshot.ticker == (TickerItem(1, 5, {}),)
    assert (snapshot.version, snapshot.rejected, snapshot.proof) == (7, 3, None)
    assert (snapshot.definition, snapshot.is_lost, snapshot.now_ms) == ("d", False, 99)


def test_a_snapshot_has_the_proof_that_meta_holds() -> None:
    meta = PROOF_FIELDS | {"drift": json.dumps(PROOF.drift)}
    reply = snapshot_reply(epoch="e", version="7", at=AT, **meta)  # type: ignore[arg-type]
    snapshot = decode_snapshot(reply, MEASURES)
    assert snapshot is not None
    assert snapshot.proof == PROOF


@pytest.mark.parametrize("drift", ["", "[]", "{", "[" * 200_000], ids=["", "[]", "{", "deep"])
def test_a_proof_whose_drift_is_no_json_object_is_refused(drift: str) -> None:
    meta = PROOF_FIELDS | {"drift": drift}
    reply = snapshot_reply(epoch="e", version="7", at=AT, **meta)  # type: ignore[arg-type]
    with pytest.raises(MessageError, match="drift is not"):
        decode_snapshot(reply, MEASURES)


def test_a_board_without_keys_has_no_snapshot() -> None:
    assert decode_snapshot([[], 99, 0, [], [], 0, [], [], [], [], 0, []], MEASURES) is None


@pytest.mark.parametrize(
    ("meta", "says"),
    [
        ({"at": AT}, "meta has no version"),
        ({"version": "7"}, "meta has no at"),
        ({"version": "seven", "at": AT}, "version: 'seven' is not an integer"),
        ({"version": "7", "at": AT, "verified_at": AT}, "meta has no drift"),
    ],
    ids=["no version", "no time", "a version that is no number", "half a proof"],
)
def test_meta_that_breaks_the_protocol_is_refused(meta: dict[str, str], says: str) -> None:
    with pytest.raises(MessageError, match=says):
        decode_snapshot(snapshot_reply(epoch="e", **meta), MEASURES)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"ticker": {"put": [], "removed": [[1]]}}, "ticker.removed"),
        ({"created": 5}, "created is 5"),
        ({"timeline": {"60": {"count": None}}}, "timeline: 60 has None"),
        ({"recent": {"60": {"amount": 1}}}, "recent: 60 is"),
        ({"totals": {"ALL": {"count": True}}}, "totals: 'ALL' has True"),
        ({"version": "7"}, "version is '7'"),
    ],
    ids=[
        "a list for an id",
        "a time that is none",
        "no count",
        "no count either",
        "a truth for a count",
        "text",
    ],
)
def test_a_message_that_breaks_the_protocol_is_refused(fields: dict[str, Any], says: str) -> None:
    usual = {"schema": SCHEMA, "board": "b", "epoch": "e", "version": 7, "at": AT, "totals": {}}
    assert decode_message(json.dumps(usual | {"rejected": 0})).version == 7
    with pytest.raises(MessageError, match=says):
        decode_message(json.dumps(usual | {"rejected": 0} | fields))


@pytest.mark.parametrize(
    ("part", "value"),
    [
        (3, [b"2.5", b"1"]),
        (4, [b"Facebook", b"1", b"SECRET" * 10**6]),
        (6, [b"60:amount", b"2.5"]),
        (7, [b"60:amount", b"SECRET" * 10**6]),
        (9, [b"[" * 200_000]),
        (9, [b'{"at_ms":5,"id":1,"attributes":{"platform":"\\ud800"}}']),
        (4, [b"\xff", b"1", b"1"]),
    ],
    ids=["ALL", "a group", "a point", "a bucket", "deep", "half a pair", "no text"],
)
def test_a_key_that_somebody_else_wrote_is_refused_in_few_words(part: int, value: Any) -> None:
    reply = snapshot_reply(epoch="e", version="7", at=AT)
    reply[part] = value
    with pytest.raises(MessageError) as caught:
        decode_snapshot(reply, MEASURES)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 21, 19, 4, 11, 218_999, tzinfo=UTC),
        datetime(2026, 11, 21, 20, 4, 11, 218_000, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_a_time_is_in_utc_with_milliseconds(moment: datetime) -> None:
    assert format_time(moment) == AT


def test_a_time_on_the_second_keeps_its_milliseconds() -> None:
    assert format_time(datetime(2026, 11, 21, tzinfo=UTC)) == "2026-11-21T00:00:00.000Z"
