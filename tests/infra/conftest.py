"""A local AWS, and a repository's worth of ways to reach it and nothing else."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.child import stop_children
from tests.conftest import ROOT
from tests.infra.local_aws import make_environment, start_local_aws

# What `make deploy` prints and how it ended.
Make = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a local AWS of the module's own."""
    child, endpoint = start_local_aws(tmp_path_factory.mktemp("aws"))
    yield endpoint
    stop_children([child])


@pytest.fixture(scope="module")
def make(endpoint: str) -> Make:
    """A function that runs a target of the Makefile against the local AWS, with variables."""

    def run(
        target: str, path: Path | None = None, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        environment = make_environment(endpoint)
        if path is not None:
            environment["PATH"] = f"{path}:{environment['PATH']}"
        # What is installed is what is tested; the rest is the operator's own command.
        command = ["make", "--old-file=.venv/deploy.stamp", target]
        command += [f"{name}={value}" for name, value in variables.items()]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100
        )

    return run
