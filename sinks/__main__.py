"""`python -m sinks`: runs the total sinks until a signal ends it.

The environment is the web app's: `REDIS_URL`, `BOARDS` (docs/sinks.md). `SINKS` names the board
files that the sinks' folder is beside, if it is not beside those of `BOARDS`. `PUBLIC_BUCKET` is a
bucket in which the only board is published, without a file that says so. With `STACK`, a line of
metrics tells regularly how long ago the sinks were written. AWS' own variables say how to reach
DynamoDB and S3.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence

from botocore.exceptions import BotoCoreError

from aggregates.board import Board
from aggregates.board_file import BoardError, load_boards
from aggregates.connection import connect_async
from sinks.choosing import choose_total_sinks
from sinks.definition import Sink
from sinks.kinds.page import Page
from sinks.opening import open_total_sinks
from sinks.total_freshness import encode_age
from sinks.total_run import run_total_sinks
from webapp.feed import Feed
from webapp.listener import TIMEOUT_SECONDS
from webapp.look import Faces
from webapp.pages import page_version
from webapp.settings import Settings, SettingsError


def main() -> int:
    """Run the sinks; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    try:
        settings = Settings.from_environment(os.environ)
        boards = load_boards(settings.boards)
        chosen = choose_total_sinks(boards, os.environ.get("SINKS") or settings.boards)
        chosen += _publish(boards, os.environ.get("PUBLIC_BUCKET", ""))
    except (SettingsError, BoardError) as error:
        _say(str(error))
        return 1
    if not chosen:
        _say("there is no sink of a board's totals here: add one (docs/sinks.md)")
        return 1
    for sink in chosen:
        _say(f"{sink.name}: {sink.describe()}")
    try:
        asyncio.run(_run(settings, boards, chosen))
    except BotoCoreError as error:
        _say(f"AWS cannot be used: {error}")
        return 1
    return 0


def _publish(boards: Mapping[str, Board], bucket: str) -> list[Page]:
    """Return the page in a bucket that no file names. Raises `SettingsError`."""
    if not bucket:
        return []
    if len(boards) != 1:
        raise SettingsError(f"PUBLIC_BUCKET needs one board, and BOARDS has {len(boards)}")
    # No file of a sink has such a name.
    return [Page("PUBLIC_BUCKET", board, None, bucket) for board in boards.values()]


async def _run(settings: Settings, boards: Mapping[str, Board], chosen: Sequence[Sink]) -> None:
    faces = Faces(settings.static)
    async with connect_async(settings.redis_url, TIMEOUT_SECONDS) as redis:
        sinks = open_total_sinks(chosen, redis, settings.static, faces)
        feeds = {
            name: Feed(board, page_version(settings.static, board, faces.get(board)), faces.tell)
            for name, board in boards.items()
            if any(sink.board.name == name for sink in sinks)
        }
        stack = os.environ.get("STACK", "")
        running = asyncio.create_task(
            run_total_sinks(settings.redis_url, feeds, sinks, _tell_age if stack else None)
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, running.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await running


def _tell_age(age_seconds: float) -> None:
    now_ms = int(time.time() * 1000)
    print(encode_age(age_seconds, now_ms, os.environ["STACK"]), flush=True)  # noqa: T201


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
