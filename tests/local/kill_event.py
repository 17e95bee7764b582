"""`python -m tests.local.kill_event [KILLS] [BAD_DISKS]`: is all kept that was acknowledged?

An event is started, four writers enter, and all of its processes are killed at a random moment.
Two writers are anybody's program: acknowledged is what DynamoDB took a second before the kill. Two
are helpers at the crew's pages, who also send forms twice: acknowledged is what a page has said.
The next start has to have every acknowledged donation once, nothing that nobody sent, and its
screens have to be live with the totals of the table.

In the last rounds (root only) the disk is full, or fails and is read-only, before the kill: nothing
is acknowledged that is not kept, the terminal says so, and the pages say so to the helpers.
"""

import os
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.local.evening import PATIENT_SECONDS, Evening
from tests.local.failing_disk import FailingDisk, failing_disk
from tests.local.writers import Writers

_KILLS, _BAD_DISKS = 200, 20
_DISK_MEGABYTES = 64
# Start a new event once it has this many donations.
_MOST_ITEMS = 20_000


class _Round(NamedTuple):
    """What is acknowledged, and what was sent; how often helpers were refused, if that was said."""

    acknowledged: set[str]
    sent: set[str]
    refused: int
    output: str

    @property
    def is_said(self) -> bool:
        return "NOT KEPT" in self.output


def main(kills: int = _KILLS, bad_disks: int = _BAD_DISKS) -> int:
    """Kill events; return how many times something was missing or wrong."""
    wrong = rounds = acknowledged = refused = 0
    seconds: list[float] = []
    # What becomes of the disk before the kill: full and read-only by turns.
    plan = [""] * kills + ["full", "read-only"] * (bad_disks // 2)
    while rounds < len(plan):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            place, disk = folder / "disk", None
            if any(plan[rounds:]) and os.geteuid() == 0:
                disk = stack.enter_context(failing_disk(place, _DISK_MEGABYTES))
            evening = Evening(folder, place / "data", patience_seconds=PATIENT_SECONDS)
            stack.callback(evening.close)
            evening.start()
            told: set[str] = set()
            sent: set[str] = set()
            while rounds < len(plan) and len(told) < _MOST_ITEMS:
                one = _kill_once(evening, f"k{rounds}", plan[rounds], disk)
                told |= one.acknowledged
                sent |= one.sent
                refused += one.refused
                began = time.monotonic()
                evening.start()
                seconds.append(time.monotonic() - began)
                problem = _check(evening, told, sent)
                if plan[rounds] and not (one.is_said and one.refused):
                    problem += f" NOT SAID: {one.refused} refused, terminal {one.is_said}"
                    print(one.output, flush=True)
                rounds += 1
                wrong += bool(problem)
                took = f"live in {seconds[-1]:5.1f} s"
                note = f"{plan[rounds - 1]}, {one.refused} refused  " if plan[rounds - 1] else ""
                print(f"{rounds:4}  {len(told):7,} kept  {took}  {note}{problem}", flush=True)
            acknowledged += len(told)
    print(
        f"{rounds} kills, {bad_disks} of them with a full or read-only disk ({refused} forms"
        f" refused): {acknowledged:,} acknowledged, {wrong} times wrong;"
        f" live again after {min(seconds):.1f} to {max(seconds):.1f} s"
    )
    return wrong


def _kill_once(evening: Evening, name: str, bad: str, disk: FailingDisk | None) -> _Round:
    """Write, kill everything at a random moment, and return what was acknowledged."""
    writers = Writers(evening, name)
    time.sleep(random.uniform(0.2, 3.0))
    spoiled = None
    if bad and disk is not None:
        spoiled = time.monotonic()
        disk.fill() if bad == "full" else disk.fail()
        # A full disk still has room in the file's own pages for a while.
        deadline = time.monotonic() + 20.0
        while not (writers.refused and "NOT KEPT" in evening.output):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
    killed = time.monotonic()
    told, kept, output = dict(writers.told), set(writers.kept), evening.output
    evening.kill_everything()
    writers.close()
    evening.closing.close()
    if spoiled is not None and disk is not None:
        disk.mend()
        # Since then the terminal says that nothing is kept of what others write.
        killed = spoiled
    acknowledged = kept | {key for key, at in told.items() if at < killed - 1.0}
    return _Round(acknowledged, writers.sent, writers.refused, output)


def _check(evening: Evening, told: set[str], sent: set[str]) -> str:
    """Return what is wrong with an event that was started again; empty for nothing."""
    items = evening.items()
    found = {item["donationId"]["S"] for item in items}
    shown = evening.snapshot()["totals"]["ALL"]
    problems = []
    if missing := told - found:
        problems.append(f"{len(missing)} MISSING, such as {min(missing)}")
    if others := found - sent:
        problems.append(f"{len(others)} TOO MANY, such as {min(others)}")
    if (shown["count"], shown["amount"]) != (len(items), 500 * len(items)):
        problems.append(f"TOTALS {shown} of {len(items)} items")
    return "; ".join(problems)


if __name__ == "__main__":
    sys.exit(min(1, main(*map(int, sys.argv[1:]))))
