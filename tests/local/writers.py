"""Writers of donations that note what was acknowledged to them."""

import random
import threading
import time

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from tests.local.evening import Evening, gift
from tests.local.helper import Helper, make_entry

# How often a helper sends a form twice, as a doubled tap or a reload does.
_TWICE = 0.1
_RETRY_SECONDS = 0.1


class Writers:
    """Four writers: two as anybody's program, two helpers at the crew's pages.

    `told` has when each donation was acknowledged to a program (monotonic seconds), by its id;
    `kept` the ids of what the crew's pages have acknowledged, `refused` how often they have said
    that something is not kept. `sent` has all ids that were tried.
    """

    def __init__(self, evening: Evening, name: str) -> None:
        self.told: dict[str, float] = {}
        self.kept: set[str] = set()
        self.sent: set[str] = set()
        self.refused = 0
        self._stop = threading.Event()
        self._evening, self._name = evening, name
        helpers = [Helper(evening, f"{name}-{number}") for number in range(2)]
        self._threads = [
            *(threading.Thread(target=self._write, args=(number,)) for number in range(2)),
            *(threading.Thread(target=self._enter, args=(helper,)) for helper in helpers),
        ]
        for thread in self._threads:
            thread.start()

    def _write(self, number: int) -> None:
        dynamodb = self._evening.dynamodb()
        for count in range(100_000):
            if self._stop.is_set():
                break
            key = f"{self._name}-{number}-{count}"
            self.sent.add(key)
            try:
                dynamodb.put_item(TableName="donations", Item=gift(key))
            except (BotoCoreError, ClientError):
                break
            self.told[key] = time.monotonic()

    def _enter(self, helper: Helper) -> None:
        entry = make_entry()
        for _ in range(100_000):
            if self._stop.is_set():
                break
            self.sent.add(f"crew-{entry}")
            try:
                answer = helper.enter("5", entry)
            except httpx.HTTPError:
                break
            if answer.status_code != 303:
                # The same form again, as the page asks for.
                self.refused += 1
                self._stop.wait(_RETRY_SECONDS)
                continue
            self.kept.add(f"crew-{entry}")
            if random.random() > _TWICE:
                entry = make_entry()

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
