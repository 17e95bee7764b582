"""Runs of many seeds in processes of their own, for the commands beside the tests."""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, TypeVar

Part = TypeVar("Part")


class Told(NamedTuple):
    """How many runs were made, how many were not exact, and how long they took."""

    done: int
    wrong: int
    seconds: float


def split_seeds(first: int, runs: int, part_runs: int) -> list[range]:
    """Return the seeds in parts of `part_runs`."""
    end = first + runs
    return [range(start, min(start + part_runs, end)) for start in range(first, end, part_runs)]


def run_parts(
    run_part: Callable[[Part], tuple[int, list[str]]], parts: Sequence[Part], processes: int
) -> Told:
    """Run parts, each of which returns its runs and a line for each that is not exact.

    Prints these lines, and how far it is. `run_part` has to be importable.
    """
    began = time.monotonic()
    done = wrong = 0
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=1) as pool:
        for runs, lines in pool.imap_unordered(run_part, parts):
            done, wrong = done + runs, wrong + len(lines)
            for line in lines:
                print(line)
            print(f"{done} runs, {wrong} not exact", file=sys.stderr, flush=True)
    return Told(done, wrong, time.monotonic() - began)


def run_with_guards(
    description: str | None,
    run_part: Callable[[tuple[range, str]], tuple[int, list[str]]],
    guards: Collection[str],
    *,
    part_runs: int,
    runs: int,
) -> int:
    """Be a command that makes random runs, also `--without` a guard.

    Prints the seeds of runs that are not exact; returns 1 if there are any.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--runs", type=int, default=runs)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--without", choices=guards, default="", help="a guard to take out")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    seeds = split_seeds(asked.first, asked.runs, part_runs)
    told = run_parts(run_part, [(of_part, asked.without) for of_part in seeds], asked.processes)
    without = f" without the guard {asked.without!r}" if asked.without else ""
    print(f"{told.done} runs{without}, {told.wrong} not exact; {told.seconds:.0f} s")
    return 1 if told.wrong else 0
