"""While the table of one sink is gone, counting and the other sinks go on; then it is filled."""

import statistics
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from aggregates.keys import board_keys
from tests.sinks.gifts import load_gifts
from tests.sinks.outage import Outage, Times

pytestmark = [pytest.mark.redis, pytest.mark.timeout(300)]

TIMES = Times(well_seconds=4, gone_seconds=12, detach_seconds=3, settle_seconds=1)


def test_a_sink_whose_table_is_gone_is_detached_and_filled_while_all_others_go_on(
    tmp_path: Path, dynamodb: Any, redis: Redis
) -> None:
    board = load_gifts(tmp_path)
    try:
        ended = Outage(board, dynamodb, redis, rate=4, times=TIMES).run()
    finally:
        redis.unlink(*board_keys(board.name))
    assert TIMES.detach_seconds <= ended.detached_after < TIMES.gone_seconds
    assert ended.wrong == dict.fromkeys(ended.wrong, 0)
    assert ended.corrected > 0
    # Counting does not wait for the sinks. The copy beside it does until the other is detached.
    gone = "its table is gone"
    assert max(ended.copying[gone]) > ended.detached_after / 2
    assert statistics.median(ended.counting[gone]) < statistics.median(ended.copying[gone]) / 2
    assert ended.copied_meanwhile > 0
