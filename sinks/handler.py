"""The entry point of the sinks' function. It reads the environment once.

It is not the function that counts, which has no boto3. This one uses the runtime's botocore.
"""

import logging
import os
from typing import Any

from botocore.session import get_session

from aggregates.board_fields import BoardError
from aggregates.board_file import read_boards
from lambda_handler.consume import Response
from sinks.call_time import CONFIG, CallTime, TimedClient
from sinks.consume import SinkConsumer
from sinks.sink_file import read_sinks
from sinks.sql_service import SqlService
from sinks.targets import make_targets

_paths = os.environ.get("BOARDS", "boards")
_boards, _ = read_boards(_paths)
_sinks, _errors = read_sinks(_paths, _boards)
# A bad file stops its own sink, not the others.
for _error in _errors:
    logging.getLogger("tallyboard").error("a sink is not fed: %s", _error)
_feed = os.environ.get("EXPLORE_FEED")
# Lambda makes one call at a time in a process.
_time = CallTime()
_client = get_session().create_client("dynamodb", config=CONFIG)
_targets = make_targets(
    _sinks.values(),
    TimedClient(_client, _time),
    sql=SqlService(_feed, os.environ.get("EXPLORE_FEED_KEY", "")) if _feed else None,
    environment=os.environ,
    call_time=_time,
)
if not _targets:
    raise (_errors or [BoardError(f"BOARDS={_paths!r} has no sink that takes records")])[0]
_consumer = SinkConsumer(_targets)


def handle(event: dict[str, Any], context: object) -> Response:
    """Feed a DynamoDB stream event to the sinks; return which records must be delivered again.

    It returns before the time of `context` is over; what is not taken by then is delivered again.
    The event source mapping needs `ReportBatchItemFailures`.
    """
    _time.begin(context)
    return _consumer.consume(event)
