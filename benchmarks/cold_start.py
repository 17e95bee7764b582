"""Compares the handler's cold start with `import redis` alone: time and peak memory.

`python -m benchmarks.cold_start`. Fresh processes take turns, and the median counts. Loading the
handler reads the board file and creates the client without connecting, as in Lambda's init phase.
"""

import json
import os
import statistics
import subprocess
import sys

from tests.conftest import ROOT

ROUNDS = 25

_MEASURE = """
import sys, time
before = time.perf_counter()
import {module}
seconds = time.perf_counter() - before
modules = len(sys.modules)
# Not getrusage: it includes the peak of the parent process, if that is higher.
with open("/proc/self/status") as status:
    peak_kib = status.read().partition("VmHWM:")[2].split()[0]
print([seconds * 1000, int(peak_kib) / 1024, modules])
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
        # Skip the first round, which wrote bytecode and warmed the disk cache.
        medians[module] = [statistics.median(column) for column in zip(*figures[1:], strict=True)]
        print(f"{module:28}" + "{:12.1f}{:12.1f}{:10.0f}".format(*medians[module]))
    alone, ours = (medians[module] for module in modules)
    print(f"{'ratio':28}{ours[0] / alone[0]:11.2f}x{ours[1] / alone[1]:11.2f}x")


if __name__ == "__main__":
    main()
