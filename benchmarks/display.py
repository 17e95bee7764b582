"""Measures the display in a browser: bytes, time to the first figures, work, memory.

`python -m benchmarks.display`. The real function counts donations in a real Redis, the real web app
serves them, and Chromium shows them at 1920 × 1080 with its CPU slowed to a quarter. It takes two
minutes. The web app sends at most 20 updates a second, so to measure memory, 10,000 updates are
replayed to the page from recorded messages, with rising versions.
"""

import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.chromium import find_chromium, launch_chromium
from tests.browser.screen import WALL
from tests.browser.stage import Stage
from tests.conftest import RedisServer

LOADS = 5
THROTTLE = 4
UPDATES_PER_SECOND = 10
MEASURED_SECONDS = 20.0
PLAYED_PER_SECOND = 250
PLATFORMS = ["Website", "Facebook", "Phone", "Text", "Twitch", "YouTube"]

# Added to the page: the time of its first figures, its long tasks, and its stream, so that recorded
# messages can be replayed into it.
_WATCH = """
window.long_tasks = [];
new PerformanceObserver((list) => long_tasks.push(...list.getEntries().map((e) => e.duration)))
  .observe({ type: "longtask" });
window.first_ms = null;
function look() {
  if (/\\d/.test(document.getElementById("total")?.textContent ?? "")) first_ms = performance.now();
  else requestAnimationFrame(look);
}
requestAnimationFrame(look);
window.recorded = [];
window.EventSource = class extends EventSource {
  constructor(...address) {
    super(...address);
    window.stream = this;
    this.addEventListener("update", ({ data }) => {
      if (recorded.length < 100) recorded.push(JSON.parse(data));
    });
  }
};
"""
_PLAY = """([updates, per_second]) => new Promise((resolve) => {
  let left = updates;
  const timer = setInterval(() => {
    for (let i = 0; i < per_second / 50 && left > 0; i += 1, left -= 1) {
      const update = recorded[left % recorded.length];
      update.version = window.played = (window.played ?? 1e6) + 1;
      for (const item of update.ticker?.put ?? []) item.id = window.played;
      stream.dispatchEvent(new MessageEvent("update", { data: JSON.stringify(update) }));
    }
    if (left === 0) resolve(clearInterval(timer));
  }, 20);
})"""


def measure_bytes(browser: Browser, address: str) -> dict[str, int]:
    """Return the compressed bytes that the display loads, by kind."""
    page = browser.new_page()
    loaded: list[str] = []
    page.on("response", lambda response: loaded.append(response.url))
    page.goto(address)
    page.wait_for_function("() => document.body.dataset.version")
    page.close()
    sizes = dict.fromkeys(("page", "scripts", "styles", "other"), 0)
    kinds = {"text/html": "page", "text/javascript": "scripts", "text/css": "styles"}
    for url in dict.fromkeys(url for url in loaded if "/events" not in url and "/api" not in url):
        with httpx.stream("GET", url, headers={"accept-encoding": "gzip"}) as response:
            size = sum(map(len, response.iter_raw()))
            kind = response.headers["content-type"].split(";")[0]
        sizes[kinds.get(kind, "other")] += size
    return sizes


@contextmanager
def open_page(browser: Browser, address: str) -> Iterator[tuple[Page, CDPSession]]:
    """Open the display without a cache and wait for its figures."""
    context = browser.new_context(viewport={"width": WALL["width"], "height": WALL["height"]})
    page = context.new_page()
    page.add_init_script(_WATCH)
    devtools = context.new_cdp_session(page)
    devtools.send("Performance.enable")
    page.goto(address)
    page.wait_for_function("() => first_ms !== null")
    yield page, devtools
    context.close()


def measure_first_figures(browser: Browser, address: str) -> float:
    """Return the median time from the navigation to the first figures, in milliseconds."""
    times: list[float] = []
    for _ in range(LOADS):
        with open_page(browser, address) as (page, _):
            times.append(page.evaluate("first_ms"))
    return statistics.median(times)


def read_metrics(devtools: CDPSession) -> dict[str, float]:
    return {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}


@contextmanager
def giving(stage: Stage, board: str) -> Iterator[None]:
    """Donate `UPDATES_PER_SECOND` times a second until the end of the block."""
    stop = threading.Event()
    chance = random.Random(2017)

    def give() -> None:
        due = time.monotonic()
        while not stop.wait(max(0.0, due - time.monotonic())):
            due += 1 / UPDATES_PER_SECOND
            stage.give(board, chance.choice(PLATFORMS), chance.randint(5, 100))

    thread = threading.Thread(target=give)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def measure_work(page: Page, devtools: CDPSession, seconds: float) -> tuple[float, list[float]]:
    """Return the share of time that the main thread is busy, and its tasks over 50 ms, in ms."""
    page.evaluate("long_tasks.length = 0")
    before, began = read_metrics(devtools), time.monotonic()
    page.wait_for_timeout(seconds * 1000)
    after, ended = read_metrics(devtools), time.monotonic()
    busy = (after["TaskDuration"] - before["TaskDuration"]) / (ended - began)
    tasks: list[float] = page.evaluate("long_tasks")
    return busy, tasks


def measure_heap(page: Page, devtools: CDPSession) -> tuple[float, int]:
    """Return the megabytes in use after garbage collection, and the number of DOM nodes."""
    page.wait_for_timeout(3_000)  # rows settle, timers end
    for _ in range(3):
        devtools.send("HeapProfiler.collectGarbage")
    metrics = read_metrics(devtools)
    return metrics["JSHeapUsedSize"] / 1e6, int(metrics["Nodes"])


def describe_tasks(tasks: list[float]) -> str:
    return f"{len(tasks)}, the longest {max(tasks):.0f} ms" if tasks else "none"


def run(browser: Browser, stage: Stage, board: str) -> None:
    address = f"{stage.url}/?lang=en&board={board}"
    sizes = measure_bytes(browser, address)
    each = ", ".join(f"{kind} {size / 1000:.1f}" for kind, size in sizes.items())
    print(f"compressed            {sum(sizes.values()) / 1000:.1f} KB ({each})")
    print(f"first figures         {measure_first_figures(browser, address):.0f} ms, median of 5")
    with open_page(browser, address) as (page, devtools):
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
        with giving(stage, board):
            page.wait_for_timeout(3_000)
            busy, tasks = measure_work(page, devtools, MEASURED_SECONDS)
            print(f"main thread           {busy:.1%} busy at 10 updates/s, CPU slowed to a quarter")
            print(f"tasks over 50 ms      {describe_tasks(tasks)}")
            stage.give(board, "Website", 500_000)
            page.wait_for_function("() => !celebration.hidden")
            busy, tasks = measure_work(page, devtools, 6)
            print(
                f"while celebrating     {busy:.1%} busy, tasks over 50 ms: {describe_tasks(tasks)}"
            )
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        for updates, already in ((1_000, 0), (10_000, 1_000)):
            page.evaluate(_PLAY, [updates - already, PLAYED_PER_SECOND])
            megabytes, nodes = measure_heap(page, devtools)
            print(f"after {updates:>6,} updates  {megabytes:.2f} MB of JS heap, {nodes} DOM nodes")


def main() -> int:
    path = find_chromium()
    if path is None:
        print("Chromium was not found: install it, or set CHROMIUM to its path", file=sys.stderr)
        return 1
    server = RedisServer()
    try:
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(server.url, Path(folder))
            try:
                board = make_board(stage)
                stage.start()
                with launch_chromium(path) as browser:
                    run(browser, stage, board)
            finally:
                stage.close()
    finally:
        server.kill()
    return 0


def make_board(stage: Stage) -> str:
    """Return the name of a board with a marathon's history: as many points as a screen can get."""
    board = stage.write_board("gala")
    chance = random.Random(1)
    days: list[dict[str, Any]] = [
        stage.record(
            board,
            chance.choice(PLATFORMS),
            chance.choice([5, 10, 25, 50, 100]),
            at=f"2026-11-{14 + hour // 24:02}T{hour % 24:02}:{minute:02}:00",
        )
        for hour in range(7 * 24)
        for minute in range(0, 60, 3)
    ]
    stage.deliver(board, days)
    stage.prove(board)
    return board


if __name__ == "__main__":
    sys.exit(main())
