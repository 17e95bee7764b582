"""The peers that are a few lines of somebody's app: Python with sse-starlette, plain Node."""

import shutil
import sys
from pathlib import Path

from benchmarks.fanout.floor import WriteOnly
from benchmarks.fanout.load_redis import LoadRedis
from benchmarks.fanout.ours import HTTP
from benchmarks.fanout.processes import SERVER_CORE, Pinned
from benchmarks.fanout.server import Server, make_data


class _SseStarlette(Server):
    """Runs under the same uvicorn as ours; published to over Redis."""

    ready_path = "/ready"
    module: str

    def start(self) -> None:
        self.redis = LoadRedis()
        app = f"benchmarks.fanout.{self.module}:create_app"
        command = [sys.executable, "-m", "uvicorn", "--factory", app, "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--http", HTTP, "--no-access-log"]
        self.spawn([*command, "--log-level", "warning"], {"REDIS_URL": self.redis.url})

    def stop(self) -> None:
        super().stop()
        if hasattr(self, "redis"):
            self.redis.end()

    def publish(self, version: int, at: str) -> None:
        self.redis.client.publish("aggregates", make_data(version, at, self.data_bytes))


class QueuePerClient(_SseStarlette):
    name = "sse-starlette, a queue each"
    module = "queue_app"


class SubscriptionPerClient(_SseStarlette):
    name = "one Redis subscription each"
    module = "subscription_app"


class Node(WriteOnly):
    name = "Node, response.write()"

    @classmethod
    def missing(cls) -> str | None:
        return None if shutil.which("node") else "apt install nodejs"

    def start(self) -> None:
        script = Path(__file__).parent / "node_server.mjs"
        command = ["node", str(script), str(self.port)]
        self.process = Pinned(command, SERVER_CORE, pipes=True)
        self.wait_ready()
