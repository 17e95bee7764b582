"""Two real servers behind a proxy: a primary that can fail in every way, and its replica."""

import shutil
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from tests.conftest import free_port
from tests.faults.proxy import Proxy
from tests.waiting import wait_for

_START_SECONDS = 10.0


class Node:
    """One server with its own folder; only `SAVE` saves its data."""

    def __init__(self, binary: str, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._binary, self._folder = binary, folder
        self.port = free_port()
        self.redis = Redis(port=self.port, retry=Retry(ConstantBackoff(0.01), 500))
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        command = [self._binary, "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self._folder), "--save", "", "--appendonly", "no"]
        command += ["--repl-diskless-sync-delay", "0", "--maxmemory-policy", "noeviction"]
        command += ["--enable-debug-command", "yes", "--loglevel", "warning"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.redis.ping()
            except RedisError:
                if time.monotonic() > until:
                    raise
                continue
            return

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self.redis.connection_pool.disconnect()

    def keep_dump(self) -> None:
        """Save the data; `start_from_dump` starts with it."""
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.redis.save()
                break
            except ResponseError:  # a replica is being synchronized
                if time.monotonic() > until:
                    raise
        shutil.copy(self._folder / "dump.rdb", self._folder / "older.rdb")

    def start_empty(self) -> None:
        (self._folder / "dump.rdb").unlink(missing_ok=True)
        self.start()

    def start_from_dump(self) -> None:
        """Start with the data of `keep_dump`, or empty if it was never called."""
        (self._folder / "dump.rdb").unlink(missing_ok=True)
        if (self._folder / "older.rdb").exists():
            shutil.copy(self._folder / "older.rdb", self._folder / "dump.rdb")
        self.start()

    def forget_dump(self) -> None:
        (self._folder / "older.rdb").unlink(missing_ok=True)


class Servers:
    """A primary behind `proxy`, and a spare server that can become its replica."""

    def __init__(self, binary: str, folder: Path) -> None:
        self.primary = Node(binary, folder / "a")
        self.spare = Node(binary, folder / "b")
        self.proxy = Proxy(self.primary.port)
        self._replication = Proxy(self.primary.port)
        self.is_up = True
        self.has_replica = False

    @property
    def url(self) -> str:
        return self.proxy.url

    def kill(self) -> None:
        self.primary.kill()
        self.is_up = False

    def restart(self, *, older: bool) -> None:
        """Restart the killed primary with its last dump, or empty."""
        if older:
            self.primary.start_from_dump()
        else:
            self.primary.start_empty()
        self.is_up = True
        if self.has_replica:
            # The server's id changes once it follows: wait for it, so that runs are reproducible.
            self.attach_replica()

    def attach_replica(self) -> None:
        """Make the spare replicate the primary; wait until it does."""
        self._replication.target = self.primary.port
        self._replication.refuses = False
        self.spare.redis.replicaof("127.0.0.1", self._replication.port)

        def follows() -> bool:
            return bool(self.spare.redis.info("replication")["master_link_status"] == "up")

        wait_for(follows, _START_SECONDS, "the replica does not follow")
        self.primary.redis.wait(1, 1000)
        self.has_replica = True

    def cut_replication(self) -> None:
        """Stop the replication: the replica gets no further writes."""
        self._replication.refuses = True
        self._replication.cut()

    def promote(self) -> None:
        """Promote the replica with its data; kill the former primary."""
        self.spare.redis.replicaof("NO", "ONE")
        self.proxy.lead_to(self.spare.port)
        former = self.primary
        former.kill()
        former.forget_dump()
        former.start_empty()
        self.primary, self.spare = self.spare, former
        self.primary.forget_dump()
        self.has_replica, self.is_up = False, True

    def renew(self) -> None:
        """Restore the initial state for the next run; other runs' keys stay."""
        if not self.is_up:
            self.restart(older=False)
        if self.has_replica:
            self.cut_replication()
            self.spare.redis.replicaof("NO", "ONE")
            self.has_replica = False
        self.primary.forget_dump()

    def close(self) -> None:
        for node in (self.primary, self.spare):
            node.kill()
            node.redis.close()
        self.proxy.close()
        self._replication.close()
