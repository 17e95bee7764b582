import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from local.child import start_child, stop_children, wait_until_ready
from local.errors import LocalError, Stopped

FOR_EVER = [sys.executable, "-c", "import signal; signal.pause()"]
STUBBORN = (
    "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True); signal.pause()"
)


def test_children_are_stopped_together(tmp_path: Path) -> None:
    children = [start_child(f"child {n}", FOR_EVER, log=tmp_path / f"{n}.log") for n in range(3)]
    began = time.monotonic()
    stop_children(children)
    assert all(child.ended for child in children)
    assert time.monotonic() - began < 2


def test_a_child_that_does_not_listen_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.child.STOP_SECONDS", 0.2)
    log = tmp_path / "log"
    child = start_child("stubborn", [sys.executable, "-c", STUBBORN], log=log)
    wait_until_ready(
        child, lambda: "up" in log.read_text(), timeout_seconds=20, stop=threading.Event()
    )
    stop_children([child])
    assert child.process.returncode == -signal.SIGKILL


def test_a_child_that_ends_at_once_is_told_with_what_it_said(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such board')"]
    child = start_child("the web app", command, log=tmp_path / "web.log")
    with pytest.raises(LocalError, match=r"the web app ended \(1\)(.|\n)*no such board"):
        wait_until_ready(child, lambda: False, timeout_seconds=20, stop=threading.Event())


def test_a_child_that_never_answers_is_told(tmp_path: Path) -> None:
    child = start_child("Redis", FOR_EVER, log=tmp_path / "log")
    try:
        with pytest.raises(LocalError, match="Redis did not answer"):
            wait_until_ready(child, lambda: False, timeout_seconds=0.1, stop=threading.Event())
    finally:
        stop_children([child])


def test_a_stop_ends_the_wait_for_a_child(tmp_path: Path) -> None:
    child = start_child("Redis", FOR_EVER, log=tmp_path / "log")
    stop = threading.Event()
    stop.set()
    try:
        with pytest.raises(Stopped):
            wait_until_ready(child, lambda: False, timeout_seconds=20, stop=stop)
    finally:
        stop_children([child])


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="Redis cannot be started: /no/such"):
        start_child("Redis", ["/no/such"], log=tmp_path / "log")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel does this on Linux only")
def test_a_child_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    program = (
        "import sys, signal; from pathlib import Path; from local.child import start_child;"
        f" child = start_child('c', [sys.executable, '-c', 'import signal; signal.pause()'],"
        f" log=Path({str(tmp_path / 'log')!r}));"
        " print(child.process.pid, flush=True); signal.pause()"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=root
    ) as parent:
        assert parent.stdout is not None
        child = Path(f"/proc/{int(parent.stdout.readline())}/stat")
        parent.kill()
    deadline = time.monotonic() + 10
    # Gone, or a zombie that init has not reaped yet.
    while child.exists() and child.read_text().rsplit(")", 1)[1].split()[0] != "Z":
        assert time.monotonic() < deadline
