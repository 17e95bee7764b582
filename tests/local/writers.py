"""Writers of donations that note what was acknowledged to them."""

import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from local.keep.keep_now import KeepNow
from local.keep.store import StoreError
from tests.local.evening import Evening, gift


class Writers:
    """Four writers: two write like any program, two like the crew's pages.

    `told` maps a donation's id to the time of its acknowledgement (monotonic seconds).
    """

    def __init__(self, evening: Evening, name: str) -> None:
        self.told: dict[str, float] = {}
        self.kept: set[str] = set()
        self._stop = threading.Event()
        self._evening, self._name = evening, name
        self._threads = [threading.Thread(target=self._write, args=(n,)) for n in range(4)]
        for thread in self._threads:
            thread.start()

    def _write(self, number: int) -> None:
        dynamodb = self._evening.dynamodb()
        keep = KeepNow(self._evening.folder.store) if number % 2 else None
        for count in range(100_000):
            if self._stop.is_set():
                break
            key = f"{self._name}-{number}-{count}"
            item = gift(key)
            try:
                dynamodb.put_item(TableName="donations", Item=item)
                if keep is not None:
                    keep([("donations", key, item)])
                    self.kept.add(key)
            except (BotoCoreError, ClientError, StoreError):
                break
            self.told[key] = time.monotonic()
        if keep is not None:
            keep.close()

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
