"""A Redis for the benchmark, on the load's core."""

import time

from redis import Redis
from redis.exceptions import RedisError

from benchmarks.fanout.processes import LOAD_CORE, NotStarted, Pinned
from tests.conftest import find_redis_servers, free_port


class LoadRedis:
    """A Redis that starts empty and stores nothing on disk."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        command = [find_redis_servers()[0], "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no"]
        self.process = Pinned(command, LOAD_CORE)
        self.client = Redis.from_url(self.url)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                self.client.ping()
                return
            except RedisError:
                time.sleep(0.02)
        raise NotStarted("Redis does not answer")

    def end(self) -> None:
        self.client.close()
        self.process.terminate()
