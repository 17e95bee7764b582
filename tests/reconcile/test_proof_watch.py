import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from aggregates.batch import Change
from aggregates.board import Board
from aggregates.keys import board_keys
from reconcile.errors import BusyError, ReconcileError
from reconcile.proof_watch import CHECK_SECONDS, ERROR_SECONDS, ProofWatch, is_proven
from reconcile.reconcile import Report
from tests.proof import prove_totals
from tests.reconcile.tables import redis_address
from tests.stream_events import donation

pytestmark = pytest.mark.redis


class Trial:
    """A watch with a simulated clock, on which a reconcile takes a second."""

    def __init__(self, redis: Redis, *boards: Board, **options: Any) -> None:
        self.redis = redis
        self.calls: list[str] = []
        self.notes: list[str] = []
        self.error: Exception | None = None
        self.error_of: dict[str, Exception] = {}
        self.report = Report(7, {}, "now")
        self.now = 1000.0
        self.watch = ProofWatch(
            boards, redis, self._reconcile, self.notes.append, clock=lambda: self.now, **options
        )

    def _reconcile(self, board: Board) -> Report:
        self.calls.append(board.name)
        error = self.error_of.get(board.name, self.error)
        if error is not None:
            raise error
        prove(self.redis, board)
        self.now += 1
        return self.report

    def check_at(self, seconds: float) -> int:
        """Check at a time after the start; return how often a board was reconciled until then."""
        self.now = 1000 + seconds
        self.watch.check()
        return len(self.calls)


def prove(redis: Redis, board: Board, server: str = "") -> None:
    keys = board_keys(board.name)
    redis.unlink(*keys)
    prove_totals(redis, board, "2026-11-21T19:04:11.218Z", Change("d-1", 0, donation("d-1")))
    if server:
        redis.hset(keys.meta, "verified_server", server)


@pytest.fixture
def board(make_board: Callable[..., Board]) -> Board:
    return make_board()


@pytest.fixture
def trial(redis: Redis, board: Board) -> Trial:
    return Trial(redis, board, at_start=True)


def test_every_board_is_reconciled_once_at_the_start_whatever_redis_holds(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    boards = [make_board(), make_board()]
    prove(redis, boards[0])
    trial = Trial(redis, *boards, at_start=True)
    trial.watch.check()
    trial.watch.check()
    assert trial.calls == [board.name for board in boards]


def test_only_boards_that_are_not_proven_are_reconciled_without_that(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    boards = [make_board(), make_board()]
    prove(redis, boards[0])
    trial = Trial(redis, *boards)
    assert trial.watch.check() == CHECK_SECONDS
    assert trial.calls == [boards[1].name]


LOSSES: dict[str, Callable[[Redis, Board], Any]] = {
    "emptied": lambda redis, board: redis.unlink(*board_keys(board.name)),
    "without one of its keys": lambda redis, board: redis.unlink(board_keys(board.name).totals),
    "another server": lambda redis, board: prove(redis, board, "b" * 40),
    "never proven": lambda redis, board: redis.hdel(board_keys(board.name).meta, "verified_server"),
    "counted under another definition": lambda redis, board: redis.hset(
        board_keys(board.name).meta, "definition", "another"
    ),
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES.keys())
def test_a_board_that_is_not_proven_any_more_is_reconciled_again(
    trial: Trial, redis: Redis, board: Board, lose: Callable[[Redis, Board], Any]
) -> None:
    trial.watch.check()
    assert is_proven(redis, board)
    lose(redis, board)
    assert not is_proven(redis, board)
    trial.watch.check()
    assert trial.calls == [board.name] * 2


def test_a_proven_board_is_read_again_now_and_then(redis: Redis, board: Board) -> None:
    prove(redis, board)
    trial = Trial(redis, board, every_seconds=3600)
    # One hour after the end of the previous one, which took a second.
    times = (0, 3599, 3600, 3601, 7200, 7201)
    assert [trial.check_at(seconds) for seconds in times] == [0, 0, 1, 1, 1, 2]


def test_a_board_that_is_doubted_is_reconciled_and_no_other(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    boards = [make_board(), make_board()]
    for board in boards:
        prove(redis, board)
    trial = Trial(redis, *boards)
    trial.watch.doubt(boards[1])
    trial.watch.check()
    trial.watch.check()
    assert trial.calls == [boards[1].name]


def test_records_lost_by_the_stream_are_a_reason_too(trial: Trial, board: Board) -> None:
    trial.watch.check()
    trial.watch.doubt_all()
    trial.watch.check()
    trial.watch.check()
    assert trial.calls == [board.name] * 2


@pytest.mark.parametrize(
    "error",
    [
        ReconcileError("the table is not there"),
        EndpointConnectionError(endpoint_url="the table is not there"),
        ClientError({"Error": {"Message": "the table is not there"}}, "Scan"),
        RedisConnectionError("the table is not there"),
        OSError("the table is not there"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failure_is_told_and_tried_again_later(
    trial: Trial, board: Board, error: Exception
) -> None:
    trial.error = error
    assert trial.watch.check() == ERROR_SECONDS
    assert f"board {board.name} could not be reconciled" in trial.notes[0]
    assert "the table is not there" in trial.notes[0]
    trial.error = None
    assert trial.watch.check() == CHECK_SECONDS
    assert trial.calls == [board.name] * 2


def test_another_run_is_told_of_and_waited_for(trial: Trial, redis: Redis, board: Board) -> None:
    trial.error = BusyError("process 7 is at it")
    assert trial.watch.check() == ERROR_SECONDS
    assert trial.notes == ["process 7 is at it"]
    assert not is_proven(redis, board)


@pytest.mark.parametrize(
    ("drift", "found"),
    [({}, "totals were right"), ({"ALL": {"count": 1}}, "1 groups corrected")],
    ids=["none", "some"],
)
def test_what_was_found_is_told(trial: Trial, board: Board, drift: Any, found: str) -> None:
    trial.report = Report(1234, drift, "now")
    trial.watch.check()
    assert trial.notes == [f"board {board.name}: read the table, 1,234 items, {found} (1.0 s)"]


def test_a_watch_that_is_told_to_stop_checks_no_more(trial: Trial) -> None:
    stop = threading.Event()
    stop.set()
    trial.watch.run(stop)
    assert trial.calls == []


def test_a_board_that_cannot_be_reconciled_is_no_reason_to_leave_the_others(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    boards = [make_board(), make_board()]
    trial = Trial(redis, *boards)
    trial.error_of[boards[0].name] = KeyError("donationId")
    for _ in range(3):
        assert trial.watch.check() == ERROR_SECONDS
    assert is_proven(redis, boards[1])
    # The same problem is reported once.
    [note] = [note for note in trial.notes if "could not be reconciled" in note]
    assert note.startswith(f"board {boards[0].name} ")
    assert "KeyError: 'donationId'" in note


def test_a_redis_that_tells_no_id_is_one_server(redis: Redis, board: Board) -> None:
    """Some managed services hide it; without this, every check would read the table again."""
    prove(redis, board)
    redis.hset(board_keys(board.name).meta, "verified_server", "")
    with Redis.from_url(redis_address(redis)) as silent:
        silent.info = lambda *_: {}
        assert is_proven(silent, board)
    assert not is_proven(redis, board)
