"""Runs of many seeds in processes of their own, for the commands beside the tests."""

import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
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
