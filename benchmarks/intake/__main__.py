"""Measures the way from a provider's signed request to the total on the screens.

`python -m benchmarks.intake [--rate 200] [--seconds 30] [--threads 24]`

The whole local system runs as by `make run`: local DynamoDB, its streams, the counting function,
Redis, web app. Stripe, Tiltify, a program of one's own (Standard Webhooks) and Twilio send signed
requests at a constant rate: one in ten repeats an earlier one, one in ten is a refund. The list of
a DonorDrive on this machine is asked. At the end the board has to be exact.

*Published* is the first event of `/events` that has as many donations as were sent until then: the
n-th donation that was sent is compared with the moment in which n were shown. The CPU is that of
the web app's process, which takes the requests and shows the board; beside it, in the same run,
that of a Starlette endpoint which verifies the same requests and does nothing else.
"""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from aggregates.board_file import load_boards
from benchmarks.intake.load import Watch, describe, find_published, send
from benchmarks.intake.requests import make_requests
from benchmarks.intake.servers import (
    create_verifying_app,
    measure_cpu,
    run_system,
    run_verifying,
    write_sources,
)
from tests.conftest import ROOT
from tests.intake.stand_in import run_stand_in, tell_json

_LISTED = 60


def list_donations(count: int, now: datetime) -> list[dict[str, Any]]:
    at = now.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return [{"donationID": f"D{n}", "amount": 5.0, "createdDateUTC": at} for n in range(count)]


def measure(folder: Path, rate: float, seconds: float, threads: int) -> bool:
    """Print what was measured; return whether the board is exact."""
    board = load_boards(str(ROOT / "boards/fundraiser.toml"))
    [name] = board
    rows = list_donations(_LISTED, datetime.now(UTC))
    with run_stand_in(lambda asked: tell_json(rows, asked)) as donor_drive:
        told = write_sources(folder, name, donor_drive)
        told["BOARDS"] = str(ROOT / "boards/fundraiser.toml")
        with run_verifying(told) as (port, pid):
            requests = make_requests(int(rate * seconds), datetime.now(UTC))
            before = measure_cpu(pid)
            load = send(port, requests, rate, threads)
            verifying = (measure_cpu(pid) - before) / len(requests)
            assert not load.refused, load.refused[:5]
        with run_system(folder, told) as (port, pid):
            watch = Watch(f"http://127.0.0.1:{port}")
            if not watch.wait_for(_LISTED, _LISTED * 500, 60):
                raise SystemExit("DonorDrive's list was not counted")
            requests = make_requests(int(rate * seconds), datetime.now(UTC))
            before = measure_cpu(pid)
            load = send(port, requests, rate, threads)
            taking = (measure_cpu(pid) - before) / len(requests)
            count = _LISTED + sum(one.gifts for one in requests)
            cents = _LISTED * 500 + sum(one.cents for one in requests)
            is_exact = watch.wait_for(count, cents, 120)
            print(f"requests        {len(requests):,} at {rate:g}/s, {len(load.refused)} not 200")
            took = [end - due for due, end in zip(load.due, load.answered, strict=True)]
            reached = len(requests) / (max(load.answered) - load.due[0])
            print(f"answered        {describe(took)}; {reached:.0f}/s")
            if is_exact:
                print(f"published       {describe(find_published(load, requests, watch, _LISTED))}")
            print(
                f"CPU a request   {taking * 1000:.2f} ms; only verified {verifying * 1000:.2f} ms"
            )
            shown = watch.seen[-1][1:]
            print(f"board           {'exact' if is_exact else f'{shown}, not {(count, cents)}'}")
    return is_exact


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--threads", type=int, default=24)
    parser.add_argument("--verify-only", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.verify_only:
        uvicorn.run(
            create_verifying_app(),
            port=arguments.verify_only,
            http="httptools",
            access_log=False,
            log_level="warning",
        )
        return 0
    with tempfile.TemporaryDirectory() as folder:
        is_exact = measure(Path(folder), arguments.rate, arguments.seconds, arguments.threads)
    return 0 if is_exact else 1


if __name__ == "__main__":
    sys.exit(main())
