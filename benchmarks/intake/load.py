"""Sends requests at a rate, and watches when a screen would show them."""

import http.client
import json
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.request import urlopen

from benchmarks.intake.requests import Sent


class Watch:
    """When the board's total had how many donations, as a screen gets it."""

    def __init__(self, address: str) -> None:
        self.seen: list[tuple[float, int, int]] = []
        self._changed = threading.Condition()
        self._address = address
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        with urlopen(f"{self._address}/events", timeout=600) as events:
            for line in events:
                if line.startswith(b"data: "):
                    total = json.loads(line[6:]).get("totals", {}).get("ALL")
                    if total:
                        with self._changed:
                            seen = time.monotonic(), total["count"], total["amount"]
                            self.seen.append(seen)
                            self._changed.notify_all()

    def wait_for(self, count: int, cents: int, seconds: float) -> bool:
        """Return whether the total becomes this one in that time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: bool(self.seen) and self.seen[-1][1:] == (count, cents), seconds
            )


class Load(NamedTuple):
    """When each request was due and answered, and the statuses that were no 200."""

    due: list[float]
    answered: list[float]
    refused: list[int]


def send(port: int, requests: list[Sent], rate: float, threads: int) -> Load:
    """Send the requests at a rate, whether or not the earlier ones are answered."""
    lines = threading.local()
    began = time.monotonic() + 0.5
    due = [began + n / rate for n in range(len(requests))]
    answered, refused = [0.0] * len(requests), []

    def send_one(number: int) -> None:
        time.sleep(max(0.0, due[number] - time.monotonic()))
        one = requests[number]
        line = getattr(lines, "line", None)
        if line is None:
            line = lines.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.request("POST", f"/in/{one.source}", one.body, one.headers)
        reply = line.getresponse()
        reply.read()
        answered[number] = time.monotonic()
        if reply.status != 200:
            refused.append(reply.status)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(send_one, range(len(requests))))
    return Load(due, answered, refused)


def find_published(load: Load, requests: list[Sent], watch: Watch, before: int) -> list[float]:
    """Return for each donation after how many seconds the board showed so many."""
    due = [at for at, one in zip(load.due, requests, strict=True) if one.gifts]
    published, place = [], 0
    for number, at in enumerate(due, before + 1):
        while watch.seen[place][1] < number:
            place += 1
        published.append(watch.seen[place][0] - at)
    return published


def describe(seconds: list[float]) -> str:
    parts = statistics.quantiles(seconds, n=100)
    return f"median {parts[49] * 1000:,.0f} ms, p99 {parts[98] * 1000:,.0f} ms"
