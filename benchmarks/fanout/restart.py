"""SIGTERM with all clients connected, and a new server at once: when are they back?"""

import time

from benchmarks.fanout.load import LoadClient
from benchmarks.fanout.ours import Ours
from benchmarks.fanout.publisher import Publisher
from benchmarks.fanout.run import CONNECT_SECONDS, FRAMES_A_SECOND

_WATCH_SECONDS = 20.0
_STEP_SECONDS = 0.5


def restart(clients: int, addresses: int | None) -> None:
    """Print how long the end took, when all were back, and the CPU of every half second."""
    server = Ours(0)
    load: LoadClient | None = None
    try:
        server.start()
        load = LoadClient(server.port, server.path, clients, addresses=addresses, reconnect=True)
        load.wait_connected(CONNECT_SECONDS)
        publisher = Publisher(server.publish, FRAMES_A_SECOND)
        publisher.start()
        time.sleep(2)
        steady = server.process.cpu_seconds()
        time.sleep(2)
        steady = (server.process.cpu_seconds() - steady) / 2

        ended = time.monotonic()
        gone_seconds = server.process.terminate()
        spawned = time.monotonic()
        server.start_app()
        ready_seconds = time.monotonic() - spawned
        samples: list[tuple[float, float, int]] = []
        cpu, at = 0.0, spawned
        back: float | None = None
        while (now := time.monotonic()) - spawned < _WATCH_SECONDS:
            connected = load.connected()
            if connected == clients and back is None:
                back = now
            used = server.process.cpu_seconds()
            samples.append((now - spawned, (used - cpu) / (now - at), connected))
            cpu, at = used, now
            if back is not None and now - back > 2:
                break
            time.sleep(_STEP_SECONDS)
        publisher.stop()
        report = load.report()
    finally:
        if load is not None:
            load.end()
        server.stop()

    gone = "was killed after 10 s" if gone_seconds is None else f"gone after {gone_seconds:.2f} s"
    print(f"SIGTERM with {clients:,} clients at {FRAMES_A_SECOND} events a second: process {gone}")
    print(f"new process ready after {ready_seconds:.2f} s; ", end="")
    if back is None:
        print(f"only {report.connected:,} were back after {_WATCH_SECONDS:.0f} s")
    else:
        print(
            f"all back {back - spawned:.1f} s after its start, {back - ended:.1f} s after SIGTERM"
        )
    print(f"attempts that failed: {report.failed:,}; CPU when steady: {steady:.0%} of a core")
    print(f"{'seconds':>8}{'CPU':>7}{'connected':>11}")
    for seconds, share, connected in samples:
        print(f"{seconds:8.1f}{share:7.0%}{connected:11,}")
