from datetime import UTC, datetime
from typing import Any

import pytest

from aggregates.batch import MAX_SEQUENCE, Change
from aggregates.item import KeyMismatch
from lambda_handler.stream import (
    EventError,
    Stream,
    parse_records,
    parse_stream,
    read_records,
    read_stream,
)
from tests.stream_events import STREAM_ARN, donation, event, record

KEY = ("donationId",)
# The creation time of the records below: 2026-01-01.
MADE = 1_767_225_600.0
GOOD = record(111, donation("d-1"))


def with_data(**changes: Any) -> dict[str, Any]:
    """Return a record with changed stream data; None removes a field."""
    data = {**GOOD["dynamodb"], **changes}
    return {**GOOD, "dynamodb": {name: value for name, value in data.items() if value is not None}}


def without(record: dict[str, Any], name: str) -> dict[str, Any]:
    return {field: value for field, value in record.items() if field != name}


def test_a_stream_is_known_by_its_table_and_when_it_was_made() -> None:
    made = datetime(2026, 11, 21, 18, tzinfo=UTC)
    assert parse_stream(STREAM_ARN) == Stream("donations", int(made.timestamp() * 1000))


@pytest.mark.parametrize(
    ("prefix", "label"),
    [
        ("arn:aws-cn:dynamodb:cn-north-1:1:table/T/stream/", "2015-05-11T21:21:33.291"),
        ("arn:aws:dynamodb:ddblocal:000000000000:table/T/stream/", "2015-05-11T21:21:33.291Z"),
    ],
)
def test_streams_of_other_partitions_and_of_local_tables_are_read(prefix: str, label: str) -> None:
    assert parse_stream(prefix + label) == Stream("T", 1_431_379_293_291)


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/donations",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/donations/stream/latest",
        "arn:aws:sqs:eu-west-1:123456789012:queue",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/donations",
    ],
)
def test_an_arn_that_is_no_stream_is_refused_with_the_fix(arn: str) -> None:
    with pytest.raises(EventError, match="point the event source mapping at a table's stream"):
        parse_stream(arn)


def test_records_of_two_streams_are_refused_because_lambda_never_mixes_them() -> None:
    other = record(111, donation("d-1"), arn=STREAM_ARN + "9")
    assert read_stream([GOOD, GOOD]) == parse_stream(STREAM_ARN)
    with pytest.raises(EventError, match="of 2 streams"):
        read_stream([GOOD, other])


@pytest.mark.parametrize("name", ["INSERT", "MODIFY"])
@pytest.mark.parametrize("view", ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"])
def test_a_written_item_is_a_change_to_its_new_image(name: str, view: str) -> None:
    image = donation("d-1")
    changes = parse_records([record(111, image, name=name, view=view, created=MADE)], KEY)
    assert changes == [Change("d-1", 111, image, MADE, keys={"donationId": {"S": "d-1"}})]


def test_a_removed_item_is_a_change_to_nothing_whatever_images_it_brings() -> None:
    removal = record(112, None, key="d-1", created=MADE)
    removal["dynamodb"]["OldImage"] = donation("d-1")
    keys = {"donationId": {"S": "d-1"}}
    assert parse_records([removal], KEY) == [Change("d-1", 112, None, MADE, keys=keys)]


def test_sequence_numbers_are_numbers_whatever_their_leading_zeros() -> None:
    records = [record("00000000000000000000099", donation("a")), record(10**39, donation("b"))]
    assert [change.sequence for change in parse_records(records, KEY)] == [99, 10**39]


def test_every_sequence_number_of_40_digits_can_be_held() -> None:
    assert parse_records([record("9" * 40, donation("d-1"))], KEY)[0].sequence < MAX_SEQUENCE


@pytest.mark.parametrize("view", ["KEYS_ONLY", "OLD_IMAGE"])
def test_a_stream_without_new_images_is_refused_with_the_fix(view: str) -> None:
    with pytest.raises(EventError) as raised:
        parse_records([record(111, donation("d-1"), view=view)], KEY)
    assert str(raised.value) == (
        f"the stream's view type is {view}: without new images nothing can be counted;"
        " enable the stream with NEW_AND_OLD_IMAGES or NEW_IMAGE"
    )


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(without(GOOD, "dynamodb"), id="no stream data"),
        pytest.param({**GOOD, "dynamodb": None}, id="null for stream data"),
        pytest.param({**GOOD, "dynamodb": []}, id="a list of stream data"),
        pytest.param(with_data(SequenceNumber=None), id="no number"),
        pytest.param(with_data(SequenceNumber="first"), id="a word for a number"),
        pytest.param(with_data(SequenceNumber=[]), id="a list of numbers"),
        pytest.param(with_data(SequenceNumber="-5"), id="a negative number"),
        pytest.param(with_data(SequenceNumber="1_0"), id="a number with an underscore"),
        pytest.param(with_data(SequenceNumber=" 12 "), id="a number with blanks"),
        pytest.param(with_data(SequenceNumber="١٢"), id="a number in other digits"),
        pytest.param(with_data(SequenceNumber="9" * 41), id="a number of 41 digits"),
        pytest.param(with_data(Keys=None), id="no key"),
        pytest.param(with_data(Keys=[]), id="a list of keys"),
        pytest.param(with_data(Keys="d-1"), id="a key that is text"),
        pytest.param(with_data(Keys={"donationId": {}}), id="a key without a value"),
        pytest.param(with_data(Keys={"donationId": "d-1"}), id="a key without a type"),
        pytest.param(with_data(Keys={"donationId": {"S": ["d-1"]}}), id="a key that is a list"),
        pytest.param(with_data(Keys={"id": {"S": "d-1"}}), id="another key"),
    ],
)
def test_a_record_that_names_no_item_is_skipped_and_blocks_nothing(
    broken: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    [change] = parse_records([broken, record(112, donation("d-2"))], KEY)
    assert (change.key, change.sequence) == ("d-2", 112)
    assert 'record "event-111" is skipped: ' in caplog.text
    assert "d-1" not in caplog.text


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ({**GOOD, "eventName": "TRUNCATE"}, "eventName is not INSERT, MODIFY or REMOVE"),
        (without(GOOD, "eventName"), "eventName is not INSERT, MODIFY or REMOVE"),
        (with_data(NewImage=None), "the stream record has no new image"),
        (with_data(NewImage={}), "the stream record has no new image"),
        (with_data(NewImage=[{"S": "x"}]), "new image is not a map of attributes"),
        (with_data(NewImage="x"), "new image is not a map of attributes"),
    ],
)
def test_a_record_that_names_its_item_but_not_its_image_rejects_it(
    broken: dict[str, Any], problem: str
) -> None:
    [change] = parse_records([broken], KEY)
    assert (change.key, change.sequence) == ("d-1", 111)
    assert change.image is not None
    assert change.problem is not None
    assert problem in change.problem


def test_a_key_that_no_table_can_have_is_rejected_under_text_that_redis_can_have() -> None:
    [change] = parse_records([record(111, donation("d-\ud800"))], KEY)
    assert change.key.encode() == b"d-\\ud800"
    assert change.problem == "its key is not valid UTF-8 text"
    assert parse_records([record(112, None, key="d-\ud800")], KEY)[0].image is None


def test_a_record_without_a_view_type_is_counted_by_its_image() -> None:
    assert parse_records([with_data(StreamViewType=None)], KEY) == parse_records([GOOD], KEY)


@pytest.mark.parametrize(
    ("created", "made"),
    [
        (1_767_225_600_000, 1_767_225_600.0),
        ("1767225600", 1_767_225_600.0),
        (1_795_287_851_000 * 1000, None),
        (10**400, None),
        (0, None),
        (-5, None),
        (float("nan"), None),
        (float("inf"), None),
        ("yesterday", None),
        (True, None),
        ([], None),
        ({}, None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_time_of_creation_that_cannot_be_is_no_reason_not_to_count(
    created: object, made: float | None
) -> None:
    [change] = parse_records([with_data(ApproximateCreationDateTime=created)], KEY)
    assert (change.created, change.problem) == (made, None)


def test_a_key_that_is_not_the_tables_is_refused() -> None:
    with pytest.raises(KeyMismatch, match="the board's key is id, but an item has donationId"):
        parse_records([GOOD], ("id",))


@pytest.mark.parametrize(
    "given",
    [None, [], {}, "Records", 5, {"Records": None}, {"Records": {}}, {"records": [GOOD]}],
    ids=lambda given: str(given)[:15],
)
def test_what_has_no_records_is_no_stream_event(given: object) -> None:
    with pytest.raises(EventError, match="the event has no list `Records`"):
        read_records(given)


@pytest.mark.parametrize(
    ("given", "source"),
    [
        ({"messageId": "m", "eventSource": "aws:sqs", "body": "{}"}, "'aws:sqs'"),
        ({"eventSource": "aws:kinesis", "kinesis": {}}, "'aws:kinesis'"),
        ({"EventSource": "aws:sns", "Sns": {}}, "None"),
        (None, "None"),
        ("record", "None"),
    ],
    ids=str,
)
def test_records_of_another_source_are_refused_by_its_name(given: Any, source: str) -> None:
    with pytest.raises(EventError, match=f"a record's eventSource is {source}; only aws:dynamodb"):
        read_records(event(GOOD, given))


def test_a_stream_event_without_records_is_one() -> None:
    assert read_records(event()) == []


def test_a_record_says_when_its_change_was_made() -> None:
    made = [
        change.created
        for change in parse_records(
            [
                record(i, donation("d"), created=at)
                for i, at in enumerate((MADE, MADE + 2.5, MADE + 1))
            ],
            ("donationId",),
        )
    ]
    assert made == [MADE, MADE + 2.5, MADE + 1]


def test_a_record_need_not_say_so() -> None:
    bare = with_data(ApproximateCreationDateTime=None)
    [change] = parse_records([bare], ("donationId",))
    assert change.created is None
