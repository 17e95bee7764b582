"""What production runs needs nothing of the local system."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from operate.errors import CommandError
from operate.place import pick_board
from operate.settings import read_settings
from tests.conftest import ROOT

_WITHOUT_LOCAL = """
import sys
from importlib.abc import MetaPathFinder

class NoLocal(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "local":
            raise ModuleNotFoundError(name)

import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: (
    None if name == "local" else find_spec(name, package)
)
sys.meta_path.insert(0, NoLocal())
from operate.cli import main
sys.exit(main(sys.argv[1:]))
"""


def call_without_local(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT_LOCAL, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_the_local_system_its_commands_are_not_there_and_all_others_are() -> None:
    told = call_without_local("--help")
    assert told.returncode == 0, told.stderr
    for command in ("boards", "reconcile", "verify", "watch", "redeliver"):
        assert re.search(rf"^    {command}\b", told.stdout, re.MULTILINE)
    for command in ("run", "donate", "replay"):
        assert not re.search(rf"^    {command}\b", told.stdout, re.MULTILINE)
    assert call_without_local("boards").returncode == 0
    told = call_without_local("verify", "--local")
    assert told.returncode == 1
    assert "--local needs a checkout" in told.stderr


def test_no_module_of_it_needs_the_local_system_to_be_loaded() -> None:
    for path in (ROOT / "operate").rglob("*.py"):
        top = ast.parse(path.read_text("utf-8")).body
        names = {n.module or "" for n in top if isinstance(n, ast.ImportFrom)}
        names |= {a.name for n in top if isinstance(n, ast.Import) for a in n.names}
        assert not {n for n in names if n.partition(".")[0] in ("local", "infra", "webapp")}, path


def test_an_empty_variable_is_as_good_as_none() -> None:
    settings = read_settings({"BOARDS": "", "REDIS_URL": ""})
    assert (settings.boards, settings.redis_url) == ("boards", None)


def test_a_board_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match='there is no board "x"; there are: a, b'):
        pick_board({"a": None, "b": None}, "x")  # type: ignore[dict-item]
