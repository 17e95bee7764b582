"""Clients that never read among those that do: the others must not notice."""

import resource
import time
from pathlib import Path

from benchmarks.fanout.load import LoadClient
from benchmarks.fanout.ours import Ours
from benchmarks.fanout.publisher import NS, Publisher, sleep_until
from benchmarks.fanout.run import CONNECT_SECONDS, FRAMES_A_SECOND, WARM_UP_SECONDS, measure
from benchmarks.fanout.server import get

# Large messages: unless the server bounds it, the kernel takes up to 4 MB (`tcp_wmem`) for a client
# that does not read, before anybody can tell that it does not.
_GROUPS = 120
_WINDOW_SECONDS = 8.0
_MOST_WINDOWS = 14
# Windows that show the server after all stuck clients have gone.
_WINDOWS_AFTER = 2


def stick(readers: int, stuck: int) -> None:
    """Print windows before and after `stuck` clients have come that never read."""
    server = Ours(0)
    server.groups = _GROUPS
    loads: list[LoadClient] = []
    try:
        server.start()
        loads.append(LoadClient(server.port, server.path, readers))
        loads[0].wait_connected(CONNECT_SECONDS)
        publisher = Publisher(server.publish, FRAMES_A_SECOND)
        sleep_until(publisher.start() + round(WARM_UP_SECONDS * NS))
        print(f"{'seconds':>8}{'p50, ms':>9}{'p99, ms':>9}{'delivered':>11}{'CPU':>6}", end="")
        print(f"{'MiB':>8}{'kernel':>8}{'files':>7}{'dropped':>9}")
        started = time.monotonic()
        after = 0
        for window in range(-2, _MOST_WINDOWS):
            if window == 0:
                loads.append(LoadClient(server.port, server.path, stuck, stuck=stuck))
                loads[1].wait_connected(CONNECT_SECONDS)
                started = time.monotonic()
                print(f"{stuck} clients come that never read")
            case = measure(server, loads[0], publisher, _WINDOW_SECONDS)
            report = case.report
            dropped = read_dropped(server.port)
            print(
                f"{time.monotonic() - started:8.0f}{report.p50_ms:9.1f}{report.p99_ms:9.1f}"
                f"{report.events / case.expected:11.2%}{case.cpu_seconds / case.seconds:6.0%}"
                f"{server.process.memory_kib() / 1024:8.1f}{socket_mib():8.1f}"
                f"{server.process.descriptors():7}{dropped:9}"
            )
            after += dropped >= stuck
            if after > _WINDOWS_AFTER:
                break
        if not after:
            print(f"NOT ALL DROPPED: {dropped} of {stuck}")
        publisher.stop()
    finally:
        for load in loads:
            load.end()
        server.stop()


def read_dropped(port: int) -> int:
    """Return how many clients the server says it has dropped."""
    lines = get(port, "/metrics")[1].decode().splitlines()
    of_boards = [line for line in lines if line.startswith("tallyboard_dropped_clients_total")]
    return round(sum(float(line.split()[-1]) for line in of_boards))


def socket_mib() -> float:
    """Return what the kernel holds for TCP on this machine, of all processes."""
    fields = Path("/proc/net/sockstat").read_text().partition("TCP:")[2].split("\n")[0].split()
    return int(fields[fields.index("mem") + 1]) * resource.getpagesize() / 2**20
