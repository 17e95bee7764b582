"""A local AWS, and `make` targets that can reach only it."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.child import stop_children
from tests.conftest import ROOT
from tests.infra.local_aws import make_environment, start_local_aws

# Runs a make target; returns its output and exit code.
Make = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a local AWS for one test module."""
    child, endpoint = start_local_aws(tmp_path_factory.mktemp("aws"))
    yield endpoint
    stop_children([child])


@pytest.fixture(scope="module")
def make(endpoint: str) -> Make:
    """Return a function that runs a make target against the local AWS, with variables."""

    def run(
        target: str, path: Path | None = None, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        environment = make_environment(endpoint)
        if path is not None:
            environment["PATH"] = f"{path}:{environment['PATH']}"
        # Skip the installation step; everything else is the operator's own command.
        command = ["make", "--old-file=.venv/deploy.stamp", target]
        command += [f"{name}={value}" for name, value in variables.items()]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100
        )

    return run
