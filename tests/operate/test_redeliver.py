"""redeliver as a person calls it, with what Lambda leaves behind."""

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board
from local.cli import main
from local.on_failure import Discarded, write_discarded
from local.ports import find_free_port
from tests.conftest import ROOT
from tests.reading_back import read_totals
from tests.stream_events import STREAM_ARN, donation, event, record

pytestmark = pytest.mark.redis

HOUR = 3600


@pytest.fixture
def counted(
    tmp_path: Path,
    redis_url: str,
    make_board: Callable[..., Board],
    monkeypatch: pytest.MonkeyPatch,
) -> Board:
    """The board that the environment names."""
    board = make_board()
    folder = tmp_path / "boards"
    folder.mkdir()
    (folder / f"{board.name}.toml").write_text((ROOT / "boards/fundraiser.toml").read_text())
    monkeypatch.setenv("BOARDS", str(folder))
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return board


def batch(age_seconds: float = HOUR) -> dict[str, Any]:
    """Return the event that was given up on."""
    created = time.time() - age_seconds
    return event(
        record(1, donation("d-1", "Phone", 10), created=created - 60),
        record(2, donation("d-2", "Phone", 5), created=created),
    )


def invocation(payload: Any) -> dict[str, Any]:
    return {
        "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 3},
        "version": "1.0",
        "DDBStreamBatchInfo": {"shardId": "shard-1", "batchSize": 2, "streamArn": STREAM_ARN},
        "payload": payload,
    }


def write(tmp_path: Path, content: Any) -> str:
    file = tmp_path / "record.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


PHONE = {"count": 2, "amount": 1500}


def test_a_record_of_s3_is_counted_once_however_often_it_is_redelivered(
    redis: Redis, counted: Board, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, invocation(json.dumps(batch())))
    for _ in range(2):
        assert main(["redeliver", file]) == 0
        assert capsys.readouterr().out == f"{file}: 2 records are counted\n"
        assert read_totals(redis, counted) == {"Phone": PHONE, "ALL": PHONE}


def test_what_the_local_system_writes_can_be_redelivered(
    redis: Redis, counted: Board, tmp_path: Path
) -> None:
    discarded = Discarded("shard-1", STREAM_ARN, batch()["Records"], attempts=3, raised=True)
    file = write_discarded(tmp_path / "on-failure", discarded)
    assert main(["redeliver", str(file)]) == 0
    assert read_totals(redis, counted)["ALL"] == PHONE


def test_a_file_that_is_an_event_is_counted(redis: Redis, counted: Board, tmp_path: Path) -> None:
    assert main(["redeliver", write(tmp_path, batch())]) == 0
    assert read_totals(redis, counted)["ALL"] == PHONE


def test_an_object_of_s3_is_read_where_it_is(
    redis: Redis, counted: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str, str]] = []

    class S3:
        def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
            asked.append(("s3", Bucket, Key))
            return {"Body": io.BytesIO(json.dumps(invocation(json.dumps(batch()))).encode())}

    monkeypatch.setattr("operate.commands.redeliver.boto3.client", lambda _: S3())
    assert main(["redeliver", "s3://failures/aws/lambda/uuid/shard/2026/11/21/a b"]) == 0
    assert asked == [("s3", "failures", "aws/lambda/uuid/shard/2026/11/21/a b")]
    assert read_totals(redis, counted)["ALL"] == PHONE


def test_a_batch_of_more_than_a_day_ago_is_refused_and_not_counted(
    redis: Redis, counted: Board, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, invocation(json.dumps(batch(25 * HOUR))))
    assert main(["redeliver", file]) == 1
    error = capsys.readouterr().err
    assert f"{file} is 25 hours old" in error
    assert "Run `tallyboard reconcile` instead" in error
    assert read_totals(redis, counted) == {}


def test_a_record_of_sqs_has_no_batch_and_says_what_to_do(
    counted: Board, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = invocation(None)
    del record["payload"]
    assert main(["redeliver", write(tmp_path, record)]) == 1
    error = capsys.readouterr().err
    assert "has no payload: only the records that Lambda writes to S3 have the whole batch" in error
    assert "Run `tallyboard reconcile` instead" in error


RUBBISH = {
    "nothing": ("", "is not an on-failure record"),
    "no JSON": ("{", "is not an on-failure record"),
    "a list": ([], "has no payload"),
    "a number": ("7", "has no payload"),
    "a payload that is no JSON": (invocation("{"), "is not an on-failure record"),
    "a payload that is no event": (invocation("[]"), "the event has no list `Records`"),
    "a payload that is an object": (invocation({"Records": []}), "has no payload"),
    "records of another source": (
        {"Records": [{"eventSource": "aws:sqs"}]},
        "eventSource is 'aws:sqs'",
    ),
    "a record without its data": (
        {"Records": [{"eventSource": "aws:dynamodb"}]},
        "is not a DynamoDB stream",
    ),
    "records without a stream": (
        {"Records": [{**record(1, donation("d-1"), created=time.time()), "eventSourceARN": ""}]},
        "which is not a DynamoDB stream",
    ),
}


@pytest.mark.parametrize(("content", "says"), RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_is_refused_without_a_traceback(
    redis: Redis,
    counted: Board,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: Any,
    says: str,
) -> None:
    assert main(["redeliver", write(tmp_path, content)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("tallyboard: ")
    assert says in error
    assert read_totals(redis, counted) == {}


def test_a_file_that_is_not_text_is_refused(
    counted: Board, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "record"
    file.write_bytes(b"\xff\xfe\x00")
    assert main(["redeliver", str(file)]) == 1
    assert f"{file} is not an on-failure record" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redeliver", "nowhere.json"]) == 1
    assert "nowhere.json cannot be read: No such file" in capsys.readouterr().err


def test_a_batch_of_another_table_is_refused(
    counted: Board, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = STREAM_ARN.replace("table/donations", "table/others")
    others = event(record(1, donation("d-1"), arn=arn, created=time.time()))
    assert main(["redeliver", write(tmp_path, others)]) == 1
    assert "no board counts the table 'others'" in capsys.readouterr().err


def test_a_redis_that_does_not_answer_is_told_and_to_try_again(
    counted: Board,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{find_free_port()}")
    assert main(["redeliver", write(tmp_path, batch())]) == 1
    assert "Redis does not answer; try again" in capsys.readouterr().err


def test_without_redis_url_it_is_said_what_to_set(
    counted: Board,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("REDIS_URL")
    assert main(["redeliver", write(tmp_path, batch())]) == 1
    assert "REDIS_URL is not set" in capsys.readouterr().err


def test_local_without_a_running_system_says_to_start_it(
    counted: Board,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["redeliver", "--local", write(tmp_path, batch())]) == 1
    assert "nothing is running; start `make run` first" in capsys.readouterr().err
