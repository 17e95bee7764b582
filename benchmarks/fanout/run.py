"""Runs one case: a server with a number of clients and a steady rate; measures its cost."""

from dataclasses import dataclass

from benchmarks.fanout.load import LoadClient, Report
from benchmarks.fanout.publisher import NS, Publisher, sleep_until
from benchmarks.fanout.server import Server

FRAMES_A_SECOND = 10
WARM_UP_SECONDS = 1.5
# Time for events published in the window to arrive.
_GRACE_SECONDS = 1.0
CONNECT_SECONDS = 30.0


@dataclass(frozen=True)
class Case:
    """Figures of one window. `cpu_seconds` is the server's; `expected` events were published."""

    report: Report
    expected: int
    seconds: float
    cpu_seconds: float
    load_cpu_seconds: float
    memory_kib_per_client: float
    publisher_late_ms: float


def run_case(server: Server, clients: int, seconds: float, addresses: int | None = None) -> Case:
    """Start the server, measure, end it; raise `NotStarted` or the error of a publish."""
    load: LoadClient | None = None
    try:
        server.start()
        before_kib = server.process.memory_kib()
        load = LoadClient(server.port, server.path, clients, addresses=addresses)
        load.wait_connected(CONNECT_SECONDS)
        connected_kib = server.process.memory_kib()
        publisher = Publisher(server.publish, FRAMES_A_SECOND)
        sleep_until(publisher.start() + round(WARM_UP_SECONDS * NS))
        case = measure(server, load, publisher, seconds, before_kib, connected_kib)
        publisher.stop()
        return case
    finally:
        if load is not None:
            load.end()
        server.stop()


def measure(
    server: Server,
    load: LoadClient,
    publisher: Publisher,
    seconds: float,
    before_kib: int = 0,
    connected_kib: int = 0,
) -> Case:
    """Return the figures of one window; the publisher also runs before and after it."""
    from_ns, to_ns = publisher.window(seconds)
    load.open_window(from_ns, to_ns)
    sleep_until(from_ns)
    cpu, load_cpu = server.process.cpu_seconds(), load.process.cpu_seconds()
    sleep_until(to_ns)
    cpu = server.process.cpu_seconds() - cpu
    load_cpu = load.process.cpu_seconds() - load_cpu
    after_kib = server.process.memory_kib()
    sleep_until(to_ns + round(_GRACE_SECONDS * NS))
    report = load.report()
    return Case(
        report,
        publisher.published(from_ns, to_ns) * report.readers,
        (to_ns - from_ns) / NS,
        cpu,
        load_cpu,
        (max(connected_kib, after_kib) - before_kib) / load.clients,
        publisher.latest_ns / 1e6,
    )
