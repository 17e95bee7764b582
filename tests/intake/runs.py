"""Evenings of many donations and votes by all providers, with every fault.

A provider sends an event again until it is answered, or gives up, as Twilio does.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from aggregates.board import Board, Ticker
from aggregates.contribution import contribution_reader
from intake.sources_file import OpenSource, load_sources
from intake.store import STATES_SUFFIX
from intake.tables import create_states
from local.dynamodb import create_table
from tests.intake.evening import POLLS, Totals, tell_evening
from tests.intake.outside import ENVIRONMENT, SWEPT, Outside, run_outside
from tests.intake.polls import make_counters, make_poll
from tests.intake.senders import ALL_SOURCES, SENDERS
from tests.intake.sweeps import read_table
from tests.intake.world import World


class Outcome(NamedTuple):
    """What was done and what was wrong at the end: empty where all totals were the truth."""

    donations: int
    steps: Counter[str]
    lives: int
    faults: Counter[str]
    totals: Totals
    wrong: str


class Evening:
    """The boards of an evening, with their tables, and the file of its sources."""

    def __init__(self, dynamodb: Any, make_board: Callable[..., Board], folder: Path) -> None:
        self.dynamodb, self._folder = dynamodb, folder
        name = make_board().name
        ticker = Ticker(12, ("platform", "amount", "name", "comment"), "approved")
        gala = make_board(table=name, ticker=ticker)
        create_table(dynamodb, gala)
        create_states(dynamodb, name + STATES_SUFFIX)
        poll, counters = make_poll(dynamodb, make_board), make_counters(dynamodb, make_board)
        self._boards = {"gala": gala, "poll": poll, "counters": counters}

    def open_sources(self, outside: Outside) -> Mapping[str, OpenSource]:
        """Return all sources, as a process does that begins."""
        boards = {source: POLLS.get(source, "gala") for source in SWEPT}
        path = self._folder / "intake.toml"
        text = ALL_SOURCES.replace("BOARD", "gala") + outside.write_sources(boards)
        if not path.exists():
            path.write_text(text, "utf-8")
        secrets = {sender.provider.upper(): sender.secret for sender in SENDERS.values()}
        return load_sources(path, self._boards, secrets | ENVIRONMENT)

    def read_totals(self) -> Totals:
        """Return count and cents by group, or votes, as the boards count their tables."""
        totals: Totals = {}
        for name, board in self._boards.items():
            read = contribution_reader(board)
            for item in read_table(self.dynamodb, board.table):
                found = read(item)
                assert found is not None
                group = found.group if name == "gala" else f"{name} {found.group}"
                count, cents = totals.get(group, (0, 0))
                count += found.values[0] if name == "counters" else 1
                totals[group] = count, cents + (found.values[0] if name == "gala" else 0)
        return totals


def run(evening: Evening, seed: int, donations: int, threads: int = 12) -> Outcome:
    """Tell of so many donations; then compare the boards' totals with the providers' truth."""
    random, faults = Random(seed), Counter[str]()
    steps, truth = tell_evening(random, donations)
    with run_outside(random, faults) as outside:
        # A process that ends within each list would prove nothing of lists.
        long_life = 3 + donations / 100
        open_sources = lambda: evening.open_sources(outside)  # noqa: E731
        world = World(evening.dynamodb, open_sources, outside, random, long_life)
        try:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(world.take, steps))
            world.settle()
            truth |= read_list(outside)
            totals = evening.read_totals()
            wrong = "" if totals == truth else f"the boards have {totals}, true is {truth}"
        except AssertionError as error:
            totals, wrong = {}, str(error)
    done = Counter(type(timed.step).__name__ for timed in steps)
    return Outcome(donations, done, world.lives, faults, totals, wrong)


def read_list(outside: Outside) -> Totals:
    """Return what DonorDrive's list has at the end, by this list alone."""
    rows = outside.donordrive.rows.values()
    given = [row["amount"] for row in rows if "amount" in row and not row["isRegFee"]]
    cents = sum(int(Decimal(str(amount)) * 100) for amount in given)
    return {"donordrive": (len(given), cents)} if given else {}
