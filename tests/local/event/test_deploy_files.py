"""systemd, Docker, Caddy and nginx accept the files for one small server."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from crew.body_limit import MAX_FILE_BYTES
from local.ports import find_free_port
from tests.conftest import ROOT
from tests.local.evening import Evening, gift

DEPLOY = ROOT / "deploy"


def needs(program: str) -> pytest.MarkDecorator:
    """Skip a test if a program is missing; in CI the program is required and the test fails."""
    missing = shutil.which(program) is None and not os.environ.get("CI")
    return pytest.mark.skipif(missing, reason=f"there is no {program}")


@needs("systemd-analyze")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    # systemd-analyze checks that the program exists.
    unit = (DEPLOY / "tallyboard-event.service").read_text("utf-8")
    here = unit.replace("/opt/tallyboard/.venv/bin/python", sys.executable)
    (tmp_path / "tallyboard-event.service").write_text(here, "utf-8")
    checked = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "tallyboard-event.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_image_s_file_has_no_known_mistake() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    subprocess.run([linter, DEPLOY / "Dockerfile"], check=True)


def test_the_image_gets_every_package_and_nothing_that_is_not_copied() -> None:
    docker, ignored = (DEPLOY / "Dockerfile"), (DEPLOY / "Dockerfile.dockerignore")
    copied = set(re.findall(r"^COPY ([a-z_]+) \1$", docker.read_text("utf-8"), re.MULTILINE))
    allowed = re.findall(r"^!([a-z_]+)/$", ignored.read_text("utf-8"), re.MULTILINE)
    assert copied == set(allowed)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - copied == {"infra", "benchmarks", "examples", "tests"} & packages


@contextmanager
def run_proxy(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            # Caddy waits for its open streams to end.
            process.kill()
            process.wait()


def measure_delay(evening: Evening, address: str) -> float:
    """Return the seconds from the write of a donation to its event."""
    deadline = time.monotonic() + 20
    while True:
        try:
            stream = urlopen(f"{address}/events", timeout=20)
            break
        except OSError:
            assert time.monotonic() < deadline
    with stream:
        wrote: list[float] = []

        def write() -> None:
            wrote.append(time.monotonic())
            evening.dynamodb().put_item(TableName="donations", Item=gift(f"d-{address}"))

        for line in stream:
            if line.startswith(b"event: status") and not wrote:
                # All earlier events have arrived.
                threading.Thread(target=write).start()
            if line.startswith(b"event: update") and wrote:
                return time.monotonic() - wrote[0]
    raise AssertionError("the stream has ended")


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    evening = Evening(tmp_path)
    evening.start()
    yield evening
    evening.close()


@needs("caddy")
def test_through_caddy_a_donation_is_on_the_screens_at_once(evening: Evening) -> None:
    address = f"http://127.0.0.1:{find_free_port()}"
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    told = {"SITE": address, "EVENT": f"127.0.0.1:{evening.port}"}
    with run_proxy(command, evening.environment | told):
        assert measure_delay(evening, address) < 1.0


@needs("nginx")
def test_through_nginx_a_donation_is_on_the_screens_at_once(
    evening: Evening, tmp_path: Path
) -> None:
    port = find_free_port()
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    server = text.replace("127.0.0.1:8000", f"127.0.0.1:{evening.port}").replace(
        "listen 80;", f"listen 127.0.0.1:{port};"
    )
    paths = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;\nevents {{}}\n"
        f"http {{ access_log off;\n{paths}{server}}}\n",
        "utf-8",
    )
    command = ["nginx", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]
    with run_proxy(command, evening.environment):
        assert measure_delay(evening, f"http://127.0.0.1:{port}") < 1.0


def test_proxies_let_through_what_the_import_takes() -> None:
    most = MAX_FILE_BYTES // 1024**2
    caddy = re.search(r"max_size (\d+)MB", (DEPLOY / "Caddyfile").read_text("utf-8"))
    nginx = re.search(r"client_max_body_size (\d+)m", (DEPLOY / "nginx.conf").read_text("utf-8"))
    assert caddy
    assert nginx
    # A form around the file takes a little more.
    assert int(caddy[1]) > most
    assert int(nginx[1]) > most
