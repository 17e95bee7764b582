"""Sweeps go on whatever fails, respect what a provider asks for, and hold back nobody."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aggregates.board import Board
from intake.counting import Counting
from intake.donation_state import ChargeStatus
from intake.errors import Incomplete, Unreachable
from intake.intake import Intake
from intake.request import DonationUpdate
from intake.sweeping import BEGINNING, Sweeping, SweepLoop
from tests.intake.donordrive_stand_in import DonorDrive
from tests.intake.seen import see
from tests.intake.stand_in import Told, run_stand_in
from tests.intake.sweeps import START, Clock, open_intake
from tests.intake.written import read_cents

SOURCES = """
    [sources.list]
    provider = "donordrive"
    board = "gala"
    platform = "List"
    url = "https://www.extra-life.org/api"
    event = 1
    [sources.other]
    provider = "donordrive"
    board = "gala"
    platform = "Other"
    url = "https://www.extra-life.org/api"
    event = 2
"""


class Listed:
    """A sweeper of a test: it yields, or raises, what it was given."""

    every_seconds = 60.0

    def __init__(self) -> None:
        self.told: Sequence[DonationUpdate | BaseException] = ()
        self.asked: list[tuple[datetime, frozenset[str]]] = []

    def sweep(
        self, since: datetime, known: frozenset[str], _: datetime
    ) -> Iterator[DonationUpdate]:
        self.asked.append((since, known))
        for one in self.told:
            if isinstance(one, BaseException):
                raise one
            yield one


class Refusing:
    """A client of a DynamoDB that may be throttled."""

    def __init__(self, client: Any) -> None:
        self._client, self.is_throttled = client, False

    def __getattr__(self, name: str) -> Any:
        if self.is_throttled:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, name)
        return getattr(self._client, name)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def listed() -> Listed:
    return Listed()


@pytest.fixture
def client(dynamodb: Any) -> Refusing:
    return Refusing(dynamodb)


@pytest.fixture
def intake(tmp_path: Path, gala: Board, client: Refusing) -> Intake:
    return open_intake(tmp_path, SOURCES, gala, client)


@pytest.fixture
def loop(intake: Intake, listed: Listed, clock: Clock) -> SweepLoop:
    return SweepLoop(intake, "list", listed, threading.Event(), clock)


def give(number: int, status: ChargeStatus = ChargeStatus.SUCCEEDED) -> DonationUpdate:
    return DonationUpdate(f"d:{number}", see(number, 100, status))


def test_a_sweep_begins_an_hour_before_the_last_good_one(
    loop: SweepLoop, listed: Listed, clock: Clock, tmp_path: Path, gala: Board, client: Refusing
) -> None:
    loop.sweep()
    clock.turn(minutes=5)
    listed.told = [give(1), Unreachable("it is down")]
    loop.sweep()
    clock.turn(hours=3)
    listed.told = []
    loop.sweep()
    again = open_intake(tmp_path, SOURCES, gala, client)
    SweepLoop(again, "list", listed, threading.Event(), clock).sweep()
    hour = timedelta(hours=1)
    begun = [since for since, _ in listed.asked]
    assert begun == [BEGINNING, START - hour, START - hour, clock.now - hour]
    assert again.heard.sources["list"].found_at == START + timedelta(minutes=5)


def test_pauses_grow_end_and_respect_what_the_provider_asks_for(
    loop: SweepLoop, listed: Listed, intake: Intake
) -> None:
    heard = intake.heard.sources["list"]
    listed.told = [Unreachable("the list has trouble")]
    pauses = [loop.sweep() for _ in range(9)]
    assert pauses == [15, 30, 60, 120, 240, 480, 600, 600, 600]
    assert heard.trouble == "the list has trouble"
    assert heard.swept_at is None
    listed.told = [Unreachable("less often", retry_seconds=900.0)]
    assert loop.sweep() == 900
    listed.told = [Unreachable("less often", retry_seconds=1e9)]
    assert loop.sweep() == 3600
    listed.told = []
    assert loop.sweep() == 60
    assert heard.trouble == ""
    listed.told = [Unreachable("again")]
    assert loop.sweep() == 15


def test_what_cannot_be_counted_is_told_and_the_sweep_was_good(
    loop: SweepLoop, listed: Listed, intake: Intake, dynamodb: Any, gala: Board
) -> None:
    listed.told = [give(1), Incomplete("1 donation hides its amount")]
    assert loop.sweep() == 60
    heard = intake.heard.sources["list"]
    assert heard.trouble == "1 donation hides its amount"
    assert heard.swept_at == heard.found_at == START
    assert (heard.heard_at, dict(heard.counts)) == (None, {"swept": 1})
    assert read_cents(dynamodb, gala) == {"d:1": 100}


def test_a_fault_of_this_program_does_not_end_the_sweeps(
    loop: SweepLoop, listed: Listed, intake: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    listed.told = [ZeroDivisionError("by a secret")]
    assert loop.sweep() == 15
    assert intake.heard.sources["list"].trouble.startswith("this program failed (ZeroDivisionError")
    assert "a sweep failed" in caplog.text


def test_a_throttled_table_loses_nothing(
    loop: SweepLoop, listed: Listed, intake: Intake, client: Refusing, gala: Board, dynamodb: Any
) -> None:
    loop.sweep()
    listed.told = [give(1), give(2)]
    client.is_throttled = True
    assert loop.sweep() == 15
    assert "could not be kept" in intake.heard.sources["list"].trouble
    client.is_throttled = False
    assert loop.sweep() == 60
    assert read_cents(dynamodb, gala) == {"d:1": 100, "d:2": 100}


def test_what_counts_is_read_once_and_then_known(
    loop: SweepLoop, listed: Listed, intake: Intake
) -> None:
    intake.apply("list", give(1))
    intake.apply("other", give(9))
    listed.told = [give(2)]
    loop.sweep()
    intake.apply("list", give(3))
    intake.apply("other", give(10))
    listed.told = [give(1, ChargeStatus.GONE), give(4, ChargeStatus.PENDING)]
    loop.sweep()
    listed.told = []
    loop.sweep()
    assert [known for _, known in listed.asked] == [
        {"d:1"},
        {"d:1", "d:2", "d:3"},
        {"d:2", "d:3"},
    ]
    assert intake.list_counting("list") == {"d:2", "d:3"}


def test_what_is_written_while_the_table_is_read_is_newer() -> None:
    counting = Counting()
    counting.note("gone", counts=False)
    counting.note("new", counts=True)
    assert not counting.is_filled
    counting.fill(["gone", "old"])
    assert counting.list() == {"new", "old"}


@pytest.mark.parametrize("trouble", ["hangs", "fails"])
def test_one_source_in_trouble_holds_back_no_other(
    tmp_path: Path, gala: Board, dynamodb: Any, trouble: str
) -> None:
    drive, arrived, stop = DonorDrive(), threading.Event(), threading.Event()
    drive.give(1, 10)

    def keep(kept: Sequence[tuple[str, str, Mapping[str, Any] | None]]) -> None:
        if any(table == gala.table and item is not None for table, _, item in kept):
            arrived.set()

    with run_stand_in(drive.reply) as good, run_stand_in(drive.reply) as bad:
        slow = Told(200, b"[", parts=(b"]",))
        bad.trouble = lambda _: slow if trouble == "hangs" else Told(500)
        text = "".join(
            f"""
                [sources.{name}]
                provider = "donordrive"
                board = "gala"
                platform = "{name}"
                url = "{web.url}/api"
                participant = 4024
            """
            for name, web in (("bad", bad), ("good", good))
        )
        sweeping = Sweeping(open_intake(tmp_path, text, gala, dynamodb, keep=keep), stop)
        sweeping.start()
        try:
            assert bad.was_asked.wait(30)
            assert arrived.wait(30)
        finally:
            stop.set()
            bad.go_on.set()
            sweeping.join(30)
    assert not [t for t in threading.enumerate() if t.name.startswith("sweep ")]
    assert list(read_cents(dynamodb, gala).values()) == [1000]


def test_a_sweep_ends_soon_when_the_service_does(
    intake: Intake, listed: Listed, clock: Clock, dynamodb: Any, gala: Board
) -> None:
    stop = threading.Event()
    stop.set()
    listed.told = [give(1), give(2)]
    SweepLoop(intake, "list", listed, stop, clock).sweep()
    assert read_cents(dynamodb, gala) == {"d:1": 100}
    assert intake.heard.sources["list"].swept_at is None
