import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from aggregates.message import (
    SCHEMA,
    MessageError,
    Proof,
    Shown,
    decode_message,
    decode_snapshot,
    format_time,
)

AT = "2026-11-21T19:04:11.218Z"
PROOF = Proof("2026-11-21T19:04:00.000Z", AT, "a" * 40, {"ALL": {"count": -1, "amount": 250}})
PROOF_FIELDS = {
    "verified_from": PROOF.verified_from,
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
                timeline={"1795287840": {"count": 4}, "60": None},
                ticker={"put": [item], "removed": [5]},
                milestones={"5000000": AT},
                **PROOF_FIELDS,
            )
        )
    )
    assert (message.board, message.version, message.at) == ("fundraiser", 813, AT)
    assert message.totals == {"ALL": {"count": 1, "amount": 25}, "Phone": None}
    assert message.timeline == {1795287840: {"count": 4}, 60: None}
    assert message.put == (Shown(17, 5, {"platform": "🎁"}),)
    assert message.removed == (5,)
    assert message.milestones == {5_000_000: AT}
    assert (message.created, message.proof) == (AT, PROOF)


def test_a_board_without_timeline_ticker_and_goal_has_none_of_it_in_its_messages() -> None:
    message = decode_message(json.dumps(fields()).encode())
    assert (message.timeline, message.put, message.removed, message.milestones) == ({}, (), (), {})
    assert (message.created, message.proof) == (None, None)


def test_fields_that_are_not_known_are_passed_over() -> None:
    assert decode_message(json.dumps(fields(colour="red"))) == decode_message(json.dumps(fields()))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"schema": 2}, "schema is 2; this version reads 1"),
        ({"schema": None}, "schema is None"),
        ({"board": 7}, "board is 7"),
        ({"epoch": None}, "epoch is None"),
        ({"version": "813"}, "version is '813'"),
        ({"version": True}, "version is True"),
        ({"at": 5}, "at is 5"),
        ({"totals": []}, r"totals is \[\]"),
        ({"timeline": {"noon": None}}, "timeline: .*noon"),
        ({"milestones": {"most": AT}}, "milestones: .*most"),
        ({"ticker": {"put": [{"id": "x"}], "removed": []}}, "id is 'x'"),
        ({"ticker": {"put": []}}, "removed is None"),
        ({"ticker": []}, "put is None"),
        ({"ticker": {"put": [5], "removed": []}}, "id is None"),
        ({"totals": {"Facebook": 5}}, "totals: 'Facebook' is 5"),
        ({"timeline": {"60": [1]}}, r"timeline: 60 is \[1\]"),
        ({"timeline": []}, "timeline: "),
        ({"rejected": None}, "rejected is None"),
        (PROOF_FIELDS | {"verified_from": None}, "verified_from is None"),
        (PROOF_FIELDS | {"verified_server": 5}, "verified_server is 5"),
        (PROOF_FIELDS | {"drift": []}, r"drift is \[\]"),
        ({"verified_at": AT}, "verified_from is None"),
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


def snapshot_reply(**meta: str) -> list[Any]:
    pairs = [text.encode() for pair in meta.items() for text in pair]
    totals = [b"ALL:count", b"1", b"a:b\n:count", b"1", b"a:b\n:amount", b"25"]
    timeline = [b"60:count", b"1"]
    milestones = [b"100", AT.encode()]
    ticker = [b'{"at_ms":5,"id":1,"attributes":{}}']
    return [pairs, totals, timeline, milestones, ticker, 3]


def test_a_snapshot_takes_the_measure_from_behind_the_last_colon() -> None:
    snapshot = decode_snapshot(snapshot_reply(epoch="e", version="7", at=AT, created=AT))
    assert snapshot is not None
    assert snapshot.totals == {"ALL": {"count": 1}, "a:b\n": {"count": 1, "amount": 25}}
    assert snapshot.timeline == {60: {"count": 1}}
    assert snapshot.milestones == {100: AT}
    assert snapshot.ticker == (Shown(1, 5, {}),)
    assert (snapshot.version, snapshot.rejected, snapshot.proof) == (7, 3, None)


def test_a_snapshot_has_the_proof_that_meta_holds() -> None:
    meta = PROOF_FIELDS | {"drift": json.dumps(PROOF.drift)}
    snapshot = decode_snapshot(snapshot_reply(epoch="e", version="7", at=AT, **meta))  # type: ignore[arg-type]
    assert snapshot is not None
    assert snapshot.proof == PROOF


@pytest.mark.parametrize("drift", ["", "[]", "{"])
def test_a_proof_whose_drift_is_no_json_object_is_refused(drift: str) -> None:
    meta = PROOF_FIELDS | {"drift": drift}
    with pytest.raises(MessageError, match="drift is not"):
        decode_snapshot(snapshot_reply(epoch="e", version="7", at=AT, **meta))  # type: ignore[arg-type]


def test_a_board_without_keys_has_no_snapshot() -> None:
    assert decode_snapshot([[], [], [], [], [], 0]) is None


@pytest.mark.parametrize(
    ("meta", "says"),
    [
        ({"at": AT}, "meta has no 'version'"),
        ({"version": "7"}, "meta has no 'at'"),
        ({"version": "seven", "at": AT}, "version: 'seven' is no integer"),
        ({"version": "7", "at": AT, "verified_at": AT}, "meta has no 'drift'"),
    ],
    ids=["no version", "no time", "a version that is no number", "half a proof"],
)
def test_meta_that_breaks_the_protocol_is_refused(meta: dict[str, str], says: str) -> None:
    with pytest.raises(MessageError, match=says):
        decode_snapshot(snapshot_reply(epoch="e", **meta))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"ticker": {"put": [], "removed": [[1]]}}, "ticker.removed"),
        ({"created": 5}, "created is 5"),
        ({"timeline": {"60": {"count": None}}}, "timeline: 60 has None"),
        ({"totals": {"ALL": {"count": True}}}, "totals: 'ALL' has True"),
        ({"version": "7"}, "version is '7'"),
    ],
    ids=["a list for an id", "a time that is none", "no count", "a truth for a count", "text"],
)
def test_a_message_that_breaks_the_protocol_is_refused(fields: dict[str, Any], says: str) -> None:
    usual = {"schema": SCHEMA, "board": "b", "epoch": "e", "version": 7, "at": AT, "totals": {}}
    assert decode_message(json.dumps(usual | {"rejected": 0})).version == 7
    with pytest.raises(MessageError, match=says):
        decode_message(json.dumps(usual | {"rejected": 0} | fields))


def test_totals_that_are_no_integers_are_refused_by_name() -> None:
    reply = snapshot_reply(epoch="e", version="7", at=AT)
    reply[1] = [b"Facebook:amount", b"2.5"]
    with pytest.raises(MessageError, match="Facebook:amount"):
        decode_snapshot(reply)


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
