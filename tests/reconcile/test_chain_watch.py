"""All boards' chains are followed even if one fails, and the failure is logged."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.scripts import read_standing
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from reconcile.chain_watch import POLL_SECONDS, REPORT_SECONDS, ChainReport, ChainWatch
from reconcile.embedded_metrics import encode_report
from reconcile.mapping import explain_mapping
from tests.proof import prove_totals
from tests.reconcile.streams import StreamTable, follow
from tests.stream_events import event

pytestmark = pytest.mark.redis


class Trial:
    """A watch of boards on one table, with a simulated clock."""

    def __init__(self, redis: Redis, *boards: Board) -> None:
        self.redis, self.boards, self.table = redis, boards, StreamTable()
        self.now = 0.0
        self.explanation = ""
        self.notes: list[str] = []
        self.reports: list[ChainReport] = []
        for board in boards:
            prove_totals(redis, board, "2026-11-21T19:04:11.218Z")
        self.watch = self.make()

    def make(self) -> ChainWatch:
        return ChainWatch(
            self.boards,
            self.redis,
            lambda _, cursors: follow(
                self.table, lambda: self.now, cursors=cursors, from_start=True
            ),
            lambda _: None,
            explain=lambda _: self.explanation,
            report=self.reports.append,
            notify=self.notes.append,
            from_start=True,
            clock=lambda: self.now,
        )

    def step(self, seconds: float = POLL_SECONDS) -> None:
        self.now += seconds
        self.table.now_s += seconds
        self.watch.step()

    def deliver(self, record: dict[str, Any], *boards: Board) -> None:
        Consumer(count_on(boards, lambda: self.redis)).consume(event(record))

    def counted_ms(self, board: Board) -> int:
        return read_standing(self.redis, board_keys(board.name)).counted_ms or 0


@pytest.fixture
def boards(make_board: Callable[..., Board]) -> list[Board]:
    return [make_board(), make_board()]


@pytest.fixture
def trial(redis: Redis, boards: list[Board]) -> Trial:
    trial = Trial(redis, *boards)
    trial.step()
    assert all(trial.counted_ms(board) for board in boards)
    return trial


def test_a_table_is_read_once_for_all_its_boards(trial: Trial) -> None:
    before = trial.table.reads
    trial.step()
    assert trial.table.reads - before == 1


def test_one_board_that_is_not_counted_leaves_the_others_confirmed(
    trial: Trial, boards: list[Board]
) -> None:
    before = [trial.counted_ms(board) for board in boards]
    trial.deliver(trial.table.write("d-1"), boards[0])
    trial.step()
    assert trial.counted_ms(boards[0]) > before[0]
    assert trial.counted_ms(boards[1]) == before[1]


def test_one_board_whose_keys_cannot_be_read_leaves_the_others_confirmed(
    trial: Trial, boards: list[Board]
) -> None:
    keys = board_keys(boards[0].name)
    trial.redis.unlink(keys.meta)
    trial.redis.set(keys.meta, "of another type")
    before = trial.counted_ms(boards[1])
    trial.step()
    assert trial.counted_ms(boards[1]) > before
    assert any(boards[0].name in note for note in trial.notes)


def test_after_a_restart_the_board_that_is_furthest_behind_says_where_to_begin(
    trial: Trial, boards: list[Board]
) -> None:
    record = trial.table.write("d-1")
    trial.deliver(record, boards[0])
    trial.step()
    trial.step()
    trial.watch = trial.make()
    before = [trial.counted_ms(board) for board in boards]
    trial.step()
    assert trial.counted_ms(boards[0]) > before[0]
    assert trial.counted_ms(boards[1]) == before[1]
    trial.deliver(record, boards[1])
    trial.step()
    assert trial.counted_ms(boards[1]) > before[1]


def test_a_stream_that_cannot_be_read_confirms_nothing_and_is_told_once(
    trial: Trial, boards: list[Board]
) -> None:
    before = [trial.counted_ms(board) for board in boards]
    trial.table.errors = [OSError("no route")] * 3
    for _ in range(3):
        trial.step()
    assert [trial.counted_ms(board) for board in boards] == before
    [note] = trial.notes
    assert "cannot be read" in note
    trial.step()
    assert all(trial.counted_ms(board) > at for board, at in zip(boards, before, strict=True))


def test_why_a_chain_stands_still_is_asked_for_and_noted(
    trial: Trial, boards: list[Board], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconcile.chain_watch._SLOW_MS", -1)
    trial.explanation = "the stream's mapping to count is disabled"
    trial.table.write("d-1")
    trial.step(20.0)
    for board in boards:
        standing = read_standing(trial.redis, board_keys(board.name))
        assert standing.chain_reason == "the stream's mapping to count is disabled"
    assert len(trial.notes) == len(boards)


def test_each_minute_somebody_is_told_how_boards_stand(trial: Trial, boards: list[Board]) -> None:
    trial.redis.hset(board_keys(boards[1].name).meta, "definition", "another")
    trial.step(REPORT_SECONDS)
    first, second = trial.reports
    assert (first.board, first.is_live) == (boards[0].name, True)
    assert first.age_seconds is not None
    assert 0 <= first.age_seconds < 60
    assert (second.board, second.is_live) == (boards[1].name, False)
    trial.step(1.0)
    assert len(trial.reports) == 2


def test_metrics_are_in_the_embedded_format() -> None:
    line = json.loads(encode_report(ChainReport("gala", 3.14, True), 1_795_287_851_000))
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Tallyboard", [["Board"]])
    assert {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]} == {
        "Live": 1,
        "ChainAgeSeconds": 3.1,
    }
    assert line["Board"] == "gala"


def test_a_board_of_which_nothing_is_confirmed_is_not_live_and_has_no_age() -> None:
    line = json.loads(encode_report(ChainReport("gala", None, False), 0))
    assert line["Live"] == 0
    assert "ChainAgeSeconds" not in line


class Lambda:
    def __init__(self, *mappings: dict[str, str]) -> None:
        self._mappings = list(mappings)

    def list_event_source_mappings(self, **_: str) -> dict[str, Any]:
        return {"EventSourceMappings": self._mappings}


FUNCTION = "arn:aws:lambda:eu-west-1:1:function:count"
MAPPINGS = {
    "none": ([], "no function reads the table's stream"),
    "disabled": ([{"State": "Disabled"}], "the stream's mapping to count is disabled"),
    "failing": (
        [{"State": "Enabled", "LastProcessingResult": "PROBLEM: Function call failed"}],
        "count fails (PROBLEM: Function call failed)",
    ),
    "fine": ([{"State": "Enabled", "LastProcessingResult": "OK"}], ""),
}


@pytest.mark.parametrize(("mappings", "expected"), MAPPINGS.values(), ids=MAPPINGS)
def test_lambda_says_why_nothing_is_counted(mappings: list[dict[str, str]], expected: str) -> None:
    client = Lambda(*({"FunctionArn": FUNCTION} | mapping for mapping in mappings))
    assert explain_mapping(client, "arn:stream") == expected


def test_stacks_of_one_account_have_figures_of_their_own() -> None:
    line = json.loads(encode_report(ChainReport("gala", 3.14, True), 0, "evening"))
    assert (line["Stack"], line["Board"]) == ("evening", "gala")
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Stack", "Board"]]
