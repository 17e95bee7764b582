"""The zip's cold start beside a handler that only imports redis, under AWS' own client.

`python -m benchmarks.lambda_cold_start [PYTHON]`. PYTHON (this one, unless said) needs
`awslambdaric`; the bundle is compiled for its version. Each run is a fresh process of AWS' runtime
interface client in the unpacked zip, against a local runtime API: from its start until it asks for
the first event is the cold start, and from there until its answer the first call, which connects.
Runs take turns, and the median counts. Files are in the disk's cache: in Lambda they are not, at
first, and its processor share is that of the memory asked for.
"""

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from infra.bundle import make_bundle
from tests.conftest import ROOT, RedisServer
from tests.stream_events import donation, event, record

ROUNDS = 25
_ONLY_REDIS = """
import redis
def handle(event, context):
    return {"batchItemFailures": []}
"""


class _RuntimeApi(ThreadingHTTPServer):
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, for one event."""

    daemon_threads = True

    def __init__(self, payload: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.payload = payload
        self.asked_at = self.answered_at = 0.0
        self.answer = b""
        self.answered = threading.Event()

    def handle_error(self, *_: object) -> None:
        """A runtime that is ended while it asks for the next event is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else each call shows 44 ms of waiting for an acknowledgement.
    disable_nagle_algorithm = True
    server: _RuntimeApi

    def do_GET(self) -> None:
        if self.server.asked_at:
            self.server.answered.wait(30)
            return
        self.server.asked_at = time.perf_counter()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 30_000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:x:1:function:f")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.payload)))
        self.end_headers()
        self.wfile.write(self.server.payload)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.answered_at:
            self.server.answered_at = time.perf_counter()
            self.server.answer = body if self.path.endswith("/response") else b"failed: " + body
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.answered.set()

    def log_message(self, *_: object) -> None:
        pass


def measure(python: str, folder: Path, handler: str, redis_url: str, payload: bytes) -> list[float]:
    """Return milliseconds until the first event is asked for, and of the first call."""
    api = _RuntimeApi(payload)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    environment = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
        "_HANDLER": handler,
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
        "BOARDS": "boards",
        "REDIS_URL": redis_url,
        "PYTHONPATH": str(folder),
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        [python, "-m", "awslambdaric", handler],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    answered = api.answered.wait(30)
    process.kill()
    process.wait()
    api.shutdown()
    api.server_close()
    if not answered or api.answer != b'{"batchItemFailures": []}':
        raise SystemExit(f"{handler} answered {api.answer!r}")
    return [(api.asked_at - started) * 1000, (api.answered_at - api.asked_at) * 1000]


@contextmanager
def unpack(python: str) -> Iterator[dict[str, tuple[Path, str]]]:
    """Yield folders and handlers to measure: ours and redis alone, with bytecode and without."""
    program = "import sys; print('python%d.%d' % sys.version_info[:2])"
    runtime = subprocess.check_output([python, "-c", program], text=True).strip()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compiled = make_bundle(ROOT / "boards/fundraiser.toml", folder / "built", runtime)
        size = compiled.path.stat().st_size / 1e6
        print(f"{runtime}, zip of {size:.2f} MB, compiled by {compiled.compiled_by}")
        cases = {}
        for kind in ("with bytecode", "without"):
            place = folder / kind.replace(" ", "-")
            with zipfile.ZipFile(compiled.path) as archive:
                names = [n for n in archive.namelist() if kind != "without" or ".pyc" not in n]
                archive.extractall(place, names)
            (place / "only_redis.py").write_text(_ONLY_REDIS)
            if kind == "without":
                # So that a run leaves none for the next.
                for path in [place, *place.rglob("*")]:
                    if path.is_dir():
                        (path / "__pycache__").write_text("")
            cases[f"redis alone, {kind}"] = (place, "only_redis.handle")
            cases[f"our zip, {kind}"] = (place, "lambda_handler.handler.handle")
        yield cases


def check_client(python: str) -> None:
    """Raise `SystemExit` where AWS' client is missing, before 30 s are waited for it."""
    if subprocess.run([python, "-c", "import awslambdaric"], capture_output=True).returncode:
        raise SystemExit(
            f"{python} has no awslambdaric. In an environment of its own:\n"
            "  python3 -m venv ric && ric/bin/pip install awslambdaric\n"
            "  python -m benchmarks.lambda_cold_start ric/bin/python"
        )


def main(python: str) -> None:
    check_client(python)
    redis = RedisServer()
    item = donation("d-1", "Phone", "25", "2026-11-21T19:04:11")
    payload = json.dumps(event(record(100, item, name="INSERT"))).encode()
    socket.setdefaulttimeout(60)
    try:
        with unpack(python) as cases:
            runs: dict[str, list[list[float]]] = {name: [] for name in cases}
            for _ in range(ROUNDS + 1):
                for name, (folder, handler) in cases.items():
                    runs[name].append(measure(python, folder, handler, redis.url, payload))
            print(f"{'median of ' + str(ROUNDS):30}{'cold start, ms':>16}{'first call, ms':>16}")
            for name, figures in runs.items():
                medians = [statistics.median(column) for column in zip(*figures[1:], strict=True)]
                print(f"{name:30}" + "{:16.0f}{:16.1f}".format(*medians))
    finally:
        redis.kill()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else sys.executable)
