"""A folder in which a test runs the commands, as a person would."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.ports import find_free_port
from tests.conftest import ROOT


class Machine:
    """A folder of its own in which commands are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".venv-aws").symlink_to(ROOT / ".venv-aws")
        port = find_free_port()
        self.address = f"http://127.0.0.1:{port}"
        self._environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "BOARDS": str(ROOT / "boards"),
            "PORT": str(port),
            "DONORS": "0",
        }
        self._environment.pop("REDIS_URL", None)

    @contextmanager
    def start(
        self, *arguments: str, boards: str | None = None
    ) -> Iterator["subprocess.Popen[str]"]:
        """Run a command until it ends, or until the block fails: then it would run forever."""
        with subprocess.Popen(
            [sys.executable, "-m", "local.cli", *arguments],
            cwd=self.folder,
            env=self._environment | ({} if boards is None else {"BOARDS": boards}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise

    def call(self, *arguments: str) -> tuple[int, str]:
        with self.start(*arguments) as process:
            output, _ = process.communicate(timeout=60)
        return process.returncode, output


def read_until(process: "subprocess.Popen[str]", text: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"the output ended without {text!r}")
