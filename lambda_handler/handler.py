"""The function's entry point. It reads `REDIS_URL` and `BOARDS` once, when it is loaded."""

import logging
import os
from typing import Any

from aggregates.board_file import read_boards
from aggregates.connection import connect
from aggregates.redis_url import check_redis_url
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer, Response

_redis_url = check_redis_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"))
_boards, _errors = read_boards(os.environ.get("BOARDS", "boards"))
# A bad file stops its own board, not the others. Without any board, nothing can be counted.
if not _boards:
    raise _errors[0]
for _error in _errors:
    logging.getLogger("tallyboard").error("a board is not counted: %s", _error)
_consumer = Consumer(count_on(_boards.values(), lambda: connect(_redis_url)))


def handle(event: dict[str, Any], context: object) -> Response:  # noqa: ARG001
    """Count a DynamoDB stream event; return which records must be delivered again.

    The event source mapping needs `ReportBatchItemFailures`. A failure of Redis is reported as a
    partial batch failure; a wrong event or configuration raises, so that it shows in the function's
    errors. Either way the records stay in the stream until they are counted.
    """
    return _consumer.consume(event)
