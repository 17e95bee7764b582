"""`python -m tests.local.kill_event [KILLS] [FULL_DISKS]`: are all acknowledged donations kept?

An event is started, four writers enter donations, and all of its processes are killed at a random
moment. Two writers write like any program (acknowledged: what DynamoDB accepted a second before the
kill), two like the crew's pages (acknowledged: what was kept). After the next start, every
acknowledged donation must exist once, and the board must be live with the totals of the table.

The last rounds fill the disk first (root only): nothing may be acknowledged that is not kept.
"""

import os
import random
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.local.evening import Evening, small_disk
from tests.local.writers import Writers

_KILLS, _FULL_DISKS = 200, 20
_DISK_MEGABYTES = 64
# Start a new event once it has this many donations.
_MOST_ITEMS = 20_000


def main(kills: int = _KILLS, full_disks: int = _FULL_DISKS) -> int:
    """Kill events; return how many times something was missing or wrong."""
    wrong = rounds = acknowledged = 0
    seconds: list[float] = []
    plan = [False] * kills + [True] * full_disks
    while rounds < len(plan):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            disk = folder / "disk"
            if any(plan[rounds:]) and os.geteuid() == 0:
                stack.enter_context(small_disk(disk, _DISK_MEGABYTES))
            evening = Evening(folder, disk / "data")
            stack.callback(evening.kill_everything)
            evening.start()
            told: set[str] = set()
            while rounds < len(plan) and len(told) < _MOST_ITEMS:
                told |= _kill_once(evening, f"k{rounds}", disk / "filler" if plan[rounds] else None)
                began = time.monotonic()
                evening.start()
                seconds.append(time.monotonic() - began)
                rounds += 1
                problem = _check(evening, told)
                wrong += bool(problem)
                took = f"live in {seconds[-1]:5.1f} s"
                print(f"{rounds:4}  {len(told):7,} acknowledged  {took}  {problem}", flush=True)
            acknowledged += len(told)
    print(
        f"{rounds} kills, {full_disks} of them with a full disk: {acknowledged:,} acknowledged,"
        f" {wrong} times wrong; live again after {min(seconds):.1f} to {max(seconds):.1f} s"
    )
    return wrong


def _kill_once(evening: Evening, name: str, filler: Path | None) -> set[str]:
    """Write, kill everything at a random moment, and return what was acknowledged."""
    writers = Writers(evening, name)
    time.sleep(random.uniform(0.2, 3.0))
    if filler is not None:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(65_536))
        full = time.monotonic()
        time.sleep(random.uniform(0.5, 2.0))
    killed = time.monotonic()
    told, kept = dict(writers.told), set(writers.kept)
    evening.kill_everything()
    writers.close()
    if filler is not None:
        filler.unlink()
        # From then on the terminal says that other programs' writes are not kept.
        killed = full
    return kept | {key for key, at in told.items() if at < killed - 1.0}


def _check(evening: Evening, told: set[str]) -> str:
    """Return what is wrong with an event that was started again; empty for nothing."""
    items = evening.items()
    missing = told - {item["donationId"]["S"] for item in items}
    shown = evening.snapshot()["totals"]["ALL"]
    problems = []
    if missing:
        problems.append(f"{len(missing)} MISSING, such as {min(missing)}")
    if (shown["count"], shown["amount"]) != (len(items), 500 * len(items)):
        problems.append(f"TOTALS {shown} of {len(items)} items")
    return "; ".join(problems)


if __name__ == "__main__":
    sys.exit(min(1, main(*map(int, sys.argv[1:]))))
