"""Two promises to many clients: 10,000 are served, and a burst of publishes ends in one state."""

import time

from benchmarks.fanout.load import LoadClient
from benchmarks.fanout.ours import Ours
from benchmarks.fanout.publisher import NS, Publisher, sleep_until
from benchmarks.fanout.run import CONNECT_SECONDS, FRAMES_A_SECOND, WARM_UP_SECONDS, run_case

BURST_RATE = 1_000
BURST_SECONDS = 10
# To see the last state after the last publish; the goal is 0.5 s.
_SETTLE_SECONDS = 10.0


def serve_many(clients: int, seconds: float, addresses: int | None) -> None:
    """Print what `clients` cost at the table's rate."""
    case = run_case(Ours(0), clients, seconds, addresses)
    report = case.report
    print(
        f"{report.connected:,} of {clients:,} clients connected, {FRAMES_A_SECOND} events a second:"
        f" delivered {report.events:,} of {case.expected:,}"
        f" ({report.fewest} to {report.most} a client; what falls into one tick is one event),"
        f" {case.cpu_us_per_event:.2f} µs of CPU an event"
        f" ({case.cpu_seconds / case.seconds:.0%} of a core),"
        f" p50 {report.p50_ms:.0f} ms, p99 {report.p99_ms:.0f} ms,"
        f" {case.memory_kib_per_client:.1f} KiB a client"
    )


def burst(clients: int, addresses: int | None) -> None:
    """Print when all clients saw the last of 10,000 publishes, and the server's memory."""
    server = Ours(0)
    load: LoadClient | None = None
    try:
        server.start()
        load = LoadClient(server.port, server.path, clients, addresses=addresses)
        load.wait_connected(CONNECT_SECONDS)
        calm = Publisher(server.publish, FRAMES_A_SECOND)
        calm.start()
        time.sleep(WARM_UP_SECONDS)
        calm.stop()
        before_kib = server.process.memory_kib()

        storm = Publisher(server.publish, BURST_RATE, calm.version)
        start_ns = storm.start()
        end_ns = start_ns + BURST_SECONDS * NS
        load.open_window(start_ns, end_ns + NS)
        cpu = server.process.cpu_seconds()
        memory_kib = []
        for step in range(1, 2 * BURST_SECONDS):
            sleep_until(start_ns + step * NS // 2)
            memory_kib.append(server.process.memory_kib())
        storm.stop(end_ns)
        cpu = server.process.cpu_seconds() - cpu

        deadline = time.monotonic() + _SETTLE_SECONDS
        report = load.report()
        while report.oldest_version < storm.version and time.monotonic() < deadline:
            time.sleep(0.05)
            report = load.report()
        settled = (report.newest_version_ns - storm.times_ns[-1]) / NS
        time.sleep(1)
        print(
            f"{len(storm.times_ns):,} publishes in {BURST_SECONDS} s to {clients:,} clients:"
            f" {report.with_newest:,} of {report.readers:,} saw the last state"
            f"{'' if report.newest_version == storm.version else ' BUT ONE'},"
            f" the last of them {settled:.3f} s after the last publish;"
            f" {report.fewest} to {report.most} updates a client, publisher late by at most"
            f" {storm.latest_ns / 1e6:.0f} ms"
        )
        print(
            f"server: {cpu / BURST_SECONDS:.0%} of a core; memory before"
            f" {before_kib / 1024:.1f} MiB, during {min(memory_kib) / 1024:.1f} to"
            f" {max(memory_kib) / 1024:.1f}, after {server.process.memory_kib() / 1024:.1f}"
        )
    finally:
        if load is not None:
            load.end()
        server.stop()
