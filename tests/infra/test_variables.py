"""Variables on make's command line: unknown ones are reported."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.errors import DeployError
from infra.options import read_options
from infra.variables import list_make_variables


@pytest.mark.parametrize(
    ("flags", "names"),
    [
        ("", []),
        ("w", []),
        (" -- BOARD=gala STACK=x", ["STACK", "BOARD"]),
        ("sk --jobserver-auth=fifo:/tmp/x -- BOARD=gala", ["BOARD"]),
        (r" -- DOMAIN=a\ b\ =\ c EMAIL:=x", ["DOMAIN", "EMAIL"]),
        (" -- BOARD=it's", ["BOARD"]),
    ],
)
def test_names_are_read_from_what_make_passes_on(flags: str, names: list[str]) -> None:
    assert sorted(list_make_variables(flags)) == sorted(names)


def test_they_are_what_this_machines_make_passes_on(tmp_path: Path) -> None:
    makefile = tmp_path / "Makefile"
    program = "import os; print(os.environ['MAKEFLAGS'])"
    makefile.write_text(f'all:\n\t@{sys.executable} -c "{program}"\n')
    command = ["make", "-f", str(makefile), "-s", "BORD=a = b's $$x", "STACK=y"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert sorted(list_make_variables(result.stdout)) == ["BORD", "STACK"]


def test_variables_of_other_programs_are_left_alone() -> None:
    read_options({"MAKEFLAGS": " -- AWS_PROFILE=x PIP_INDEX_URL=y PYTHON=python3.12 HTTPS_PROXY=z"})
    with pytest.raises(DeployError, match="PORT is not a variable"):
        read_options({"MAKEFLAGS": " -- PORT=8001"})


def test_none_takes_away_what_was_said_before() -> None:
    options = read_options({"CERTIFICATE": "none", "EMAIL": "crew@example.org", "ACCESS_LOG": "no"})
    assert options.parameters == {
        "CertificateArn": "",
        "AlarmEmail": "crew@example.org",
        "LogAccess": "0",
    }
