"""A Redis Cluster and a Redis with TLS, both from this machine's redis-server."""

import os
import random
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.retry import Retry

from aggregates.board import Board
from aggregates.board_file import load_board
from aggregates.connection import REDIS_ERRORS
from infra.template import read_part
from tests.conftest import ROOT, free_port
from tests.faults.table import Table
from tests.waiting import wait_for

_NODES = 6
_READY_SECONDS = 20.0


def require(program: str) -> str:
    """Return a program's path; if it is missing, skip the test, or fail in CI."""
    path = shutil.which(program)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"{program} is missing in CI")
        pytest.skip(f"{program} is not on the PATH")
    return path


class Cluster:
    """A cluster of three masters with one replica each."""

    def __init__(self, folder: Path) -> None:
        server, cli = require("redis-server"), require("redis-cli")
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        for _ in range(_NODES):
            port = free_port()
            home = folder / str(port)
            home.mkdir()
            command = [server, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home)]
            command += ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"]
            command += ["--cluster-port", str(free_port()), "--save", "", "--appendonly", "no"]
            command += ["--repl-diskless-sync-delay", "0", "--maxmemory-policy", "noeviction"]
            self.processes[port] = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        for port in self.processes:
            wait_for_redis(Redis(port=port, retry=Retry(NoBackoff(), 0)).ping)
        nodes = [f"127.0.0.1:{port}" for port in self.processes]
        create = [cli, "--cluster", "create", *nodes, "--cluster-replicas", "1", "--cluster-yes"]
        subprocess.run(create, check=True, capture_output=True, timeout=30)
        wait_for_redis(self._is_whole)
        self.ports = list(self.processes)

    @property
    def url(self) -> str:
        """The address of a running node."""
        return f"redis://127.0.0.1:{self.living[0]}?cluster=true"

    @property
    def living(self) -> list[int]:
        """The ports of the running nodes."""
        return [port for port, process in self.processes.items() if process.poll() is None]

    def add_user(self, rights: str) -> str:
        """Create a user of the cluster; return its URL."""
        for port in self.living:
            with Redis(port=port) as node:
                node.execute_command("ACL", "SETUSER", "tally", "on", ">secret", *rights.split())
        return self.url.replace("redis://", "redis://tally:secret@")

    def url_beside(self, key: str) -> str:
        """Return the address of a node that outlives the master of a key."""
        master = self._find_master(key)
        port = next(port for port in self.living if port != master)
        return f"redis://127.0.0.1:{port}?cluster=true"

    def kill_master_of(self, key: str) -> None:
        """Kill the node that holds a key, once its replica has the same data."""
        process = self.processes[self._find_master(key)]
        process.kill()
        process.wait()

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def _find_master(self, key: str) -> int:
        with RedisCluster.from_url(self.url) as client:
            return int(client.get_node_from_key(key).port)

    def _is_whole(self) -> bool:
        for port in self.processes:
            with Redis(port=port, retry=Retry(NoBackoff(), 0)) as node:
                info = node.cluster("INFO")
                if info["cluster_state"] != "ok" or info["cluster_known_nodes"] != str(_NODES):
                    return False
                replication = node.info("replication")
                role = replication["role"]
                linked = replication.get("master_link_status") == "up"
                if not (linked if role == "slave" else replication["connected_slaves"] == 1):
                    return False
        return True


def wait_for_redis(is_so: Callable[[], object], seconds: float = _READY_SECONDS) -> None:
    """Poll until a condition is true; a node that does not answer is no failure."""

    def is_answered_so() -> bool:
        with suppress(*REDIS_ERRORS):
            return bool(is_so())
        return False

    wait_for(is_answered_so, seconds)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def tls_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return a Redis with TLS only, a self-signed certificate, and a user with a password."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    make = [require("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    make += ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    make += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True, timeout=30)
    port = free_port()
    config = folder / "redis.conf"
    config.write_text(
        f'port 0\nbind 127.0.0.1\nsave ""\ndir {folder}\ntls-port {port}\n'
        f"tls-cert-file {certificate}\ntls-key-file {key}\ntls-auth-clients no\n"
        f"user default off\nuser tally on >secret {find_rights()}\n"
    )
    command = [require("redis-server"), str(config)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"rediss://tally:secret@127.0.0.1:{port}?ssl_ca_certs={certificate}"
    try:
        wait_for_redis(lambda: Redis.from_url(url, retry=None).ping())
        yield url
    finally:
        process.kill()
        process.wait()


def find_rights() -> str:
    """Return the rights of the deployed user."""
    rights: str = read_part("redis")["Resources"]["RedisUser"]["Properties"]["AccessString"]
    return rights.removeprefix("on ")


@pytest.fixture
def make_table() -> Callable[[], tuple[Board, Table]]:
    """Return a function that returns a board for the test, and its table."""

    def make() -> tuple[Board, Table]:
        name = f"test-{secrets.token_hex(4)}"
        board = replace(load_board(ROOT / "boards/fundraiser.toml"), name=name, table=name)
        return board, Table(name, random.Random(name))

    return make
