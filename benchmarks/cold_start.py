"""The handler's cold start beside `import redis` alone: time and peak memory of fresh processes.

`python -m benchmarks.cold_start`. Processes take turns, and the median counts. Loading the handler
reads the board file and makes the client; nothing is connected yet, as in Lambda's init phase.
"""

import json
import os
import statistics
import subprocess
import sys

from tests.conftest import ROOT

ROUNDS = 25

_MEASURE = """
import json, resource, sys, time
before = time.perf_counter()
import {module}
seconds = time.perf_counter() - before
peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds * 1000, peak_kib / 1024, len(sys.modules)]))
"""


def measure(module: str) -> list[float]:
    """Return milliseconds, peak MiB and the number of modules loaded."""
    result = subprocess.run(
        [sys.executable, "-c", _MEASURE.format(module=module)],
        cwd=ROOT,
        env=os.environ | {"BOARDS": "boards", "REDIS_URL": "redis://127.0.0.1:1"},
        check=True,
        capture_output=True,
    )
    figures: list[float] = json.loads(result.stdout)
    return figures


def main() -> None:
    modules = ("redis", "lambda_handler.handler")
    runs: dict[str, list[list[float]]] = {module: [] for module in modules}
    for _ in range(ROUNDS + 1):
        for module in modules:
            runs[module].append(measure(module))
    print(f"{'median of ' + str(ROUNDS):28}{'import, ms':>12}{'peak, MiB':>12}{'modules':>10}")
    medians = {}
    for module, figures in runs.items():
        # The first round wrote bytecode and warmed the disk's cache.
        medians[module] = [statistics.median(column) for column in zip(*figures[1:], strict=True)]
        print(f"{module:28}" + "{:12.1f}{:12.1f}{:10.0f}".format(*medians[module]))
    alone, ours = (medians[module] for module in modules)
    print(f"{'ratio':28}{ours[0] / alone[0]:11.2f}x{ours[1] / alone[1]:11.2f}x")


if __name__ == "__main__":
    main()
