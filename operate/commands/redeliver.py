"""`tallyboard redeliver`: passes a batch that Lambda gave up on to the handler again."""

import argparse
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from lambda_handler.stream import read_records, read_stream
from operate.errors import CommandError
from operate.place import add_place, find_place
from operate.record_sinks import find_sinks
from operate.terminal import Terminal
from sinks.consume import SinkConsumer
from sinks.targets import make_targets

# After this, the ledger may have forgotten a removal that is newer than the batch.
_MAX_AGE_SECONDS = 24 * 3600


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "redeliver", help="count a batch that Lambda gave up on: its on-failure record"
    )
    parser.add_argument("record", help="a file, or s3://bucket/key")
    parser.add_argument(
        "--sinks", action="store_true", help="hand the batch to the sinks of its table instead"
    )
    add_place(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Count the batch; return the exit code. Raises `CommandError` and `EventError`."""
    event = read_invocation(arguments.record, load_record(arguments.record))
    if arguments.sinks:
        return _feed_sinks(arguments, event)
    records, now = read_records(event), time.time()
    age_seconds = now - max((_created(record, now) for record in records), default=now)
    if age_seconds > _MAX_AGE_SECONDS:
        raise CommandError(
            f"{arguments.record} is {age_seconds / 3600:.0f} hours old, and later removals may be"
            " forgotten. Run `tallyboard reconcile` instead: it reads the items as they are now"
        )
    place = find_place(arguments)
    response = Consumer(count_on(place.boards.values(), lambda: place.redis)).consume(event)
    if response["batchItemFailures"]:
        raise CommandError(f"{arguments.record}: Redis does not answer; try again")
    Terminal().say(f"{arguments.record}: {len(records):,} records are counted")
    return 0


def _feed_sinks(arguments: argparse.Namespace, event: Any) -> int:
    """Hand the batch to its sinks, which pass over what they have; return the exit code."""
    place = find_sinks(arguments)
    targets = make_targets(place.sinks.values(), place.dynamodb, environment=os.environ)
    table = read_stream(read_records(event)).table
    named = [target.name for target in targets if target.source.table == table]
    if not named:
        raise CommandError(f"no sink takes the changes of the table {table}")
    if SinkConsumer(targets).consume(event)["batchItemFailures"]:
        raise CommandError(f"{arguments.record}: a sink fails; `tallyboard sinks` says why")
    Terminal().say(f"{arguments.record}: {', '.join(named)} have what is in it")
    return 0


def _created(record: Mapping[str, Any], default: float) -> float:
    return float(record.get("dynamodb", {}).get("ApproximateCreationDateTime", default))


def load_record(record: str) -> bytes:
    """Return the content of a file or an S3 object; raise `CommandError`."""
    if record.startswith("s3://"):
        bucket, _, key = record.removeprefix("s3://").partition("/")
        body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
        return bytes(body.read())
    try:
        return Path(record).read_bytes()
    except OSError as error:
        raise CommandError(f"{record} cannot be read: {error.strerror}") from error


def read_invocation(name: str, content: bytes) -> Any:
    """Return the event in an on-failure record, or in a file with the event itself.

    Raises `CommandError`.

    The record that Lambda writes to S3 has the event as JSON text in `payload`:
    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html (on-failure destinations).
    """
    try:
        record = json.loads(content)
        if isinstance(record, dict) and isinstance(record.get("payload"), str):
            return json.loads(record["payload"])
    except ValueError as error:
        raise CommandError(f"{name} is not an on-failure record: {error}") from error
    if isinstance(record, dict) and "Records" in record:
        return record
    raise CommandError(
        f"{name} has no payload: only the records that Lambda writes to S3 have the whole batch,"
        " not those in SQS and SNS. Run `tallyboard reconcile` instead: it needs no batch"
    )
