"""How the deployed sinks are, for `make status`."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aggregates.board import ALL
from infra.account import Account
from infra.checks import check_board, find_board
from infra.errors import DeployError
from infra.explore import is_explored
from infra.options import Options
from infra.sink_folder import SinkFolder, read_folder
from infra.sinks import find_known_folder, name_sinks_stack
from infra.stack import Stack
from sinks.choosing import RecordSink
from sinks.describing import describe_sink
from sinks.kinds.page import BOARD_FILE, Page
from sinks.kinds.sql import Sql
from sinks.kinds.totals import Totals


def describe_deployed_sinks(account: Account, stack: Stack, options: Options) -> Iterator[str]:
    """Yield a line or more for each sink of the stack, and for the page that PUBLIC=1 makes."""
    feeding = Stack(account.connect("cloudformation"), name_sinks_stack(stack.name), lambda _: None)
    known = find_known_folder(stack, feeding)
    if known:
        yield f"sinks         of {known}"
        parameters = stack.read_parameters()
        try:
            board = check_board(find_board(options, parameters))
            folder = read_folder(None, known, board, with_sql=is_explored(parameters))
        except DeployError as error:
            # They go on; only this machine does not have their files.
            yield f"  cannot be shown: {error}"
        else:
            yield from _describe_folder(account, folder)
    if bucket := stack.read_outputs().get("PublicBucket"):
        name = "the page of PUBLIC=1"
        yield from _try(name, partial(_describe_page, account, name, bucket, ""))


def _describe_folder(account: Account, folder: SinkFolder | None) -> Iterator[str]:
    if folder is None:
        return
    dynamodb = account.connect("dynamodb")
    for sink in folder.records:
        yield from _try(sink.name, partial(_describe_record_sink, sink, dynamodb))
    for total in folder.totals:
        if isinstance(total, Page):
            place = (total.name, total.bucket, total.prefix)
            yield from _try(total.name, partial(_describe_page, account, *place))
        else:
            yield from _try(total.name, partial(_describe_totals, account, total))


def _describe_record_sink(sink: RecordSink, dynamodb: Any) -> str:
    fix = "nothing, its service fills it" if isinstance(sink, Sql) else ""
    return describe_sink(sink, dynamodb, fix=fix)[0]


def _try(name: str, describe: Callable[[], str]) -> Iterator[str]:
    """Yield a description's lines; one sink that cannot be read does not hide the others."""
    try:
        text = describe()
    except (BotoCoreError, ClientError) as error:
        text = f"{name}: its state cannot be read: {error}"
    yield from (f"  {line}" for line in text.splitlines())


def _describe_totals(account: Account, sink: Totals) -> str:
    reply = account.connect("dynamodb").get_item(
        TableName=sink.target, Key={sink.key: {"S": ALL}}, ConsistentRead=True
    )
    if not (item := reply.get("Item")):
        return f"{sink.name}: has not been written"
    told = datetime.fromisoformat(item["told_at"]["S"])
    text = f"{sink.name}: written {_tell_age(told)}, {item['state']['S']}"
    return text + (f": {reason}" if (reason := item["reason"]["S"]) else "")


def _describe_page(account: Account, name: str, bucket: str, prefix: str) -> str:
    try:
        found = account.connect("s3").head_object(Bucket=bucket, Key=f"{prefix}{BOARD_FILE}")
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
            raise
        return f"{name}: has not been written"
    return f"{name}: written {_tell_age(found['LastModified'])}"


def _tell_age(when: datetime) -> str:
    """Return how long ago that was; a working sink writes every 10 s."""
    return f"{max(0.0, (datetime.now(UTC) - when).total_seconds()):.0f} s ago"
