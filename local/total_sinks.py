"""The sinks of the boards' totals as a child process, where the boards have any."""

import os
import sys
from collections.abc import Callable

from aggregates.board_file import BoardError, load_boards
from local.child import Child, start_child
from local.dynamodb import REGION
from local.errors import LocalError
from local.ports import HOST
from local.restarted import Restarted
from local.settings import Settings
from sinks.choosing import choose_total_sinks


def start_total_sinks(
    redis_url: str, settings: Settings, dynamodb: str, say: Callable[[str], None]
) -> Restarted:
    """Return the process; absent if there is nothing for it to do.

    Its totals tables are in the local DynamoDB at `dynamodb`; for S3 it has our AWS variables.
    Raises `LocalError` for a mistake in a sink's file.
    """
    usual = {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
    }
    told = {"REDIS_URL": redis_url, "BOARDS": settings.boards, "SINKS": settings.sinks}
    no_proxy = ",".join(filter(None, (os.environ.get("NO_PROXY"), HOST)))
    told |= {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb, "NO_PROXY": no_proxy}

    def start(is_again: bool) -> Child:
        return start_child(
            "the sinks of the totals",
            [sys.executable, "-m", "sinks"],
            log=settings.cache / "sinks.log",
            environment=usual | os.environ | told,
            keep_log=is_again,
        )

    return Restarted(start if _has_sinks(settings) else None, "it holds no data", say)


def _has_sinks(settings: Settings) -> bool:
    try:
        return bool(choose_total_sinks(load_boards(settings.boards), settings.sinks))
    except BoardError as error:
        raise LocalError(str(error)) from error
