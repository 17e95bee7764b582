"""Clients that come and go: memory, tasks and file descriptors must not grow."""

import time
from dataclasses import astuple, dataclass

from benchmarks.fanout.load import LoadClient
from benchmarks.fanout.ours import COUNTED_COMMAND, Ours
from benchmarks.fanout.publisher import Publisher
from benchmarks.fanout.run import CONNECT_SECONDS, FRAMES_A_SECOND
from benchmarks.fanout.server import get

_STAYING = 300
_COMING_AND_GOING = 700
_LIFETIME_MS = 3_000
_LINES = 12
_SETTLE_SECONDS = 5


@dataclass(frozen=True)
class Sample:
    """What the server holds. `tasks` is -1 where it cannot be asked."""

    memory_mib: float
    descriptors: int
    tasks: int
    threads: int


def soak(minutes: float) -> None:
    """Print samples, the drift from the second quarter to the last, and what is left at the end."""
    server = Ours(0)
    server.command = COUNTED_COMMAND
    loads: list[LoadClient] = []
    try:
        server.start()
        publisher = Publisher(server.publish, FRAMES_A_SECOND)
        publisher.start()
        time.sleep(1)
        empty = take_sample(server)
        loads.append(LoadClient(server.port, server.path, _STAYING))
        loads.append(
            LoadClient(server.port, server.path, _COMING_AND_GOING, lifetime_ms=_LIFETIME_MS)
        )
        loads[0].wait_connected(CONNECT_SECONDS)
        print(f"{_STAYING} clients stay, {_COMING_AND_GOING} stay {_LIFETIME_MS / 1000:g} s each")
        print(f"{'seconds':>8}{'connected':>11}{'came back':>11}{'MiB':>9}", end="")
        print(f"{'files':>7}{'tasks':>7}{'threads':>9}")
        samples = []
        started = time.monotonic()
        for _ in range(_LINES):
            of_line = []
            for _ in range(4):
                time.sleep(minutes * 60 / _LINES / 4)
                of_line.append(take_sample(server))
            samples.append(_mean(of_line))
            connected = sum(load.connected() for load in loads)
            returns = loads[1].report().reconnects
            seconds = time.monotonic() - started
            print(f"{seconds:8.0f}{connected:11,}{returns:11,}{_format(samples[-1])}")
        lost = loads[0].report().lost
        while loads:
            loads.pop().end()
        time.sleep(_SETTLE_SECONDS)
        left = take_sample(server)
        publisher.stop()
    finally:
        for load in loads:
            load.end()
        server.stop()
    quarter = _LINES // 4
    early, late = _mean(samples[quarter : 2 * quarter]), _mean(samples[-quarter:])
    print(f"{'second quarter':>30}{_format(early)}\n{'last quarter':>30}{_format(late)}")
    print(f"{'before any client':>30}{_format(empty)}\n{'after all had gone':>30}{_format(left)}")
    print(f"of those who stay, the server ended {lost}")


def take_sample(server: Ours) -> Sample:
    """Return a sample; its own connection is among the descriptors."""
    status, body = get(server.port, "/tasks")
    tasks = int(body) if status == 200 else -1
    process = server.process
    return Sample(process.memory_kib() / 1024, process.descriptors(), tasks, process.threads())


def _mean(samples: list[Sample]) -> Sample:
    columns = zip(*map(astuple, samples), strict=True)
    memory, descriptors, tasks, threads = (sum(column) / len(samples) for column in columns)
    return Sample(memory, round(descriptors), round(tasks), round(threads))


def _format(sample: Sample) -> str:
    return f"{sample.memory_mib:9.1f}{sample.descriptors:7}{sample.tasks:7}{sample.threads:9}"
