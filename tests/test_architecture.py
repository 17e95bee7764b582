"""The map in docs/architecture.md matches the code: the rooms, and who may import whom."""

import ast
import re
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "docs/architecture.md").read_text("utf-8")
MOST_LINES = 250
# Longer modules, and the reason.
LONGER = {
    "aggregates/lua/apply.lua": "one script call; its parts are in parts/",
    "benchmarks/fanout/load_client.c": "one program",
}
_SOURCES = (".py", ".lua", ".js", ".css", ".html", ".c")


def list_files() -> list[Path]:
    """Return the files that git tracks or would add, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is no checkout of git")
    return [path for line in listed.stdout.splitlines() if (ROOT / (path := Path(line))).is_file()]


FILES = list_files()


def read_rooms() -> dict[str, set[str]]:
    """Return the rooms that each room of the map may import; `any` means all."""
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", TEXT, re.MULTILINE)
    rooms = {name for name, _ in rows}
    return {
        name: rooms if cell.strip() == "any" else set(re.findall(r"`(\w+)`", cell))
        for name, cell in rows
    }


ROOMS = read_rooms()


def find_modules(path: Path) -> set[str]:
    """Return the modules and names that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
            # `from package import module` inside that package does not depend on the package.
            names |= {node.module} - {name_module(path).rpartition(".")[0]}
    return names


def find_imports(path: Path) -> set[str]:
    """Return the rooms that a module imports."""
    rooms = {name.partition(".")[0] for name in find_modules(path)}
    return rooms & ROOMS.keys() - {path.parts[0]}


def test_the_map_has_every_room_and_no_other() -> None:
    folders = {path.parts[0] for path in FILES if len(path.parts) > 1}
    assert {folder for folder in folders if not folder.startswith(".")} == ROOMS.keys()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_what_the_map_says_and_nothing_else(room: str) -> None:
    modules = [path for path in FILES if path.parts[0] == room and path.suffix == ".py"]
    imported = {str(path): find_imports(path) for path in modules}
    assert {path: rooms for path, rooms in imported.items() if not rooms <= ROOMS[room]} == {}
    if room not in ("benchmarks", "tests"):
        assert set().union(*imported.values()) == ROOMS[room], "the map names more than is used"


def test_no_way_leads_back() -> None:
    """Except tests, which may import everything, and benchmarks that use them."""
    left = {
        room: set(rooms) for room, rooms in ROOMS.items() if room not in ("benchmarks", "tests")
    }
    while free := [room for room, rooms in left.items() if not rooms & left.keys()]:
        for room in free:
            del left[room]
    assert left == {}


def test_no_two_modules_need_each_other() -> None:
    modules = {name_module(path): path for path in FILES if path.suffix == ".py"}
    needs = {name: find_modules(path) & modules.keys() - {name} for name, path in modules.items()}
    TopologicalSorter(needs).prepare()  # raises CycleError


def name_module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def test_a_module_has_at_most_250_lines_unless_there_is_a_reason() -> None:
    modules = [path for path in FILES if path.suffix in _SOURCES and path.parts[0] != "tests"]
    lines = {str(path): len((ROOT / path).read_text("utf-8").splitlines()) for path in modules}
    assert {path for path, count in lines.items() if count > MOST_LINES} == LONGER.keys()


def test_every_place_that_the_map_names_is_there() -> None:
    named = set(re.findall(r"`((?:\w+/)[\w./]*)`", TEXT))
    assert len(named) > 15
    assert {place for place in named if not (ROOT / place).exists()} == {"parts/"}


def test_tests_share_helpers_from_modules_of_their_own() -> None:
    """A test module that others import cannot be read, moved or split alone."""
    tests = [path for path in FILES if path.parts[0] == "tests" and path.suffix == ".py"]
    shared = {
        str(path): found
        for path in tests
        if (found := {name for name in find_modules(path) if ".test_" in name})
    }
    assert shared == {}
