"""Prints the table: our server and the others in one run, in rounds that take turns."""

import statistics
from collections.abc import Sequence

from benchmarks.fanout.floor import WriteOnly
from benchmarks.fanout.ours import Ours, measure_data_bytes
from benchmarks.fanout.processes import NotStarted
from benchmarks.fanout.run import FRAMES_A_SECOND, Case, run_case
from benchmarks.fanout.server import Server

_KINDS: tuple[type[Server], ...] = (Ours, WriteOnly)

_HEAD = (
    f"{'':28}{'CPU, µs':>9}{'of ours':>9}{'p50, ms':>9}{'p99, ms':>9}{'KiB a':>8}"
    f"{'delivered':>11}{'server':>8}{'load':>6}{'bytes an':>10}\n"
    f"{'':28}{'an event':>9}{'':>9}{'':>9}{'':>9}{'client':>8}"
    f"{'':>11}{'CPU':>8}{'CPU':>6}{'event':>10}"
)


_NOTES = """
CPU: user and system time of the server's processes in the window, divided by its events.
p50, p99: from just before the publish to the event's last byte read; ours holds an event back for
up to its tick; p99 and memory are of the worst round. Memory: growth of the proportional set size
since before the first client, without the kernel's socket memory. Delivered: share of the events
published in the window that arrived within a second of its end. The C server gets events by a pipe,
ours by Redis."""


def print_table(
    sizes: Sequence[int], seconds: float, rounds: int, only: str, addresses: int | None
) -> None:
    """Measure and print the table; name the servers left out because they are not installed."""
    chosen = [kind for kind in _KINDS if kind is Ours or only.lower() in kind.name.lower()]
    absent = {kind.name: missing for kind in chosen if (missing := kind.missing())}
    chosen = [kind for kind in chosen if kind.name not in absent]
    data_bytes = measure_data_bytes()
    print(
        f"{FRAMES_A_SECOND} events a second with {data_bytes} bytes of data, {seconds:g} s a"
        f" window, {rounds} rounds; server on core 0, load client, Redis and publisher on core 1"
    )
    for clients in sizes:
        cases: dict[str, list[Case]] = {kind.name: [] for kind in chosen}
        failures: dict[str, str] = {}
        for number in range(rounds):
            # Alternate the order, so that a drift during the run affects all servers.
            for kind in chosen if number % 2 == 0 else reversed(chosen):
                try:
                    case = run_case(kind(data_bytes), clients, seconds, addresses)
                    cases[kind.name].append(case)
                except (NotStarted, OSError) as error:
                    failures[kind.name] = str(error)
        _print_cases(clients, cases, failures)
    print(_NOTES)
    for name, fix in absent.items():
        print(f"left out: {name}, which is not installed ({fix})")


def _print_cases(clients: int, cases: dict[str, list[Case]], failures: dict[str, str]) -> None:
    late_ms = max((case.publisher_late_ms for of in cases.values() for case in of), default=0.0)
    print(f"\n{clients:,} clients; the publisher was late by at most {late_ms:.0f} ms\n{_HEAD}")
    ours = _pool_cpu(cases[Ours.name]) if cases[Ours.name] else 0.0
    for name, of in cases.items():
        if of:
            print(_format(name, of, ours))
            if lost := sum(case.report.lost for case in of):
                print(f"{'':28}  {lost:,} streams ended by the server")
        if name in failures:
            print(f"{name:28} failed: {failures[name]}")


def _format(name: str, cases: Sequence[Case], ours_us: float) -> str:
    cpu = _pool_cpu(cases)
    reports = [case.report for case in cases]
    seconds = sum(case.seconds for case in cases)
    delivered = sum(report.events for report in reports) / max(1, sum(c.expected for c in cases))
    return (
        f"{name:28}{cpu:9.2f}{_ratio(cpu, ours_us):>9}"
        f"{statistics.mean(report.p50_ms for report in reports):9.1f}"
        f"{max(report.p99_ms for report in reports):9.1f}"
        f"{max(case.memory_kib_per_client for case in cases):8.1f}"
        f"{delivered:11.2%}"
        f"{sum(case.cpu_seconds for case in cases) / seconds:8.0%}"
        f"{sum(case.load_cpu_seconds for case in cases) / seconds:6.0%}"
        f"{reports[0].bytes_per_event:10.0f}"
    )


def _ratio(cpu: float, ours: float) -> str:
    return f"{cpu / ours:.2f} ×" if ours else "-"


def _pool_cpu(cases: Sequence[Case]) -> float:
    """Return the CPU microseconds per event over all rounds."""
    received = sum(case.report.received for case in cases)
    return sum(case.cpu_seconds for case in cases) / received * 1e6 if received else 0.0
