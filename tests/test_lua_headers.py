"""Each script's header, which its callers rely on, matches the script's body."""

import re
from pathlib import Path

import pytest

import aggregates
import explore
import reconcile
from aggregates.keys import BoardKeys
from aggregates.lua_script import read_source

ROOMS = [Path(str(room.__file__)).parent / "lua" for room in (aggregates, reconcile, explore)]
# The service of SQL has a key of its own: aggregates/held_panels.py names it.
KEYS = {*BoardKeys._fields, "panels"}
SCRIPTS = [path for room in ROOMS for path in sorted(room.glob("*.lua"))]
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)


def split_header(script: Path) -> tuple[str, str]:
    header, _, body = script.read_text().partition("]]\n")
    assert header.startswith("--[[\n")
    return header, body


def read_listed(header: str) -> dict[str, str]:
    """Return the entries of the header in order, `KEYS[1]` → name."""
    return dict(re.findall(r"^((?:KEYS|ARGV)\[\d+\]) +(\w+) +\w", header, re.MULTILINE))


def read_bound(body: str) -> dict[str, str]:
    """Return the locals of the body, `KEYS[1]` → local."""
    bound: dict[str, str] = {}
    for names, values in re.findall(
        r"^local ([\w, ]+) = (.*(?:KEYS|ARGV)\[.*)$", body, re.MULTILINE
    ):
        indexes = [re.findall(r"(?:KEYS|ARGV)\[\d+\]", value) for value in values.split(", ")]
        for name, [index] in zip(names.split(", "), indexes, strict=True):
            assert index not in bound
            bound[index] = name.removesuffix("_key")
    return bound


def test_there_are_scripts_to_look_at() -> None:
    counting, reconciling, asking = (
        [path.stem for path in sorted(room.glob("*.lua"))] for room in ROOMS
    )
    assert asking == ["renew"]
    assert counting == ["apply", "check", "disown", "page", "place", "snapshot"]
    assert reconciling == [
        *("begin", "claim", "finish", "mend", "prolong", "prune", "recount", "retire", "sweep")
    ]


@each_script
def test_the_header_lists_exactly_the_keys_and_arguments_that_are_bound(script: Path) -> None:
    header, body = split_header(script)
    listed = read_listed(header)
    assert listed
    assert listed == read_bound(body)
    for kind in ("KEYS", "ARGV"):
        numbers = [int(index[5:-1]) for index in listed if index.startswith(kind)]
        assert numbers == list(range(1, len(numbers) + 1))


@each_script
def test_no_raw_index_is_used_below_the_locals(script: Path) -> None:
    _, body = split_header(script)
    used = re.findall(r"(?:KEYS|ARGV)\[", body)
    assert len(used) == len(read_bound(body))


@each_script
def test_keys_are_named_as_keys_py_names_them(script: Path) -> None:
    header, _ = split_header(script)
    names = [name for index, name in read_listed(header).items() if index.startswith("KEYS")]
    assert set(names) <= KEYS
    if script.stem == "apply":
        assert names == list(BoardKeys._fields)[:-1]


@each_script
def test_the_header_says_what_is_returned_and_published(script: Path) -> None:
    header, body = split_header(script)
    assert re.search(r"^Returns +\S", header, re.MULTILINE)
    publishes = re.search(r"^Publishes +\S", header, re.MULTILINE) is not None
    assert publishes == ("'PUBLISH'" in body)


PARTS = sorted((Path(aggregates.__file__).parent / "lua" / "parts").glob("*.lua"))
WRITES = re.compile(r"'(?:HSET|HDEL|HINCRBY|HSETNX|DEL|UNLINK|ZADD|ZREM|PUBLISH|SET)'")


@pytest.mark.parametrize("part", PARTS, ids=lambda path: path.name)
def test_a_part_says_what_it_is_and_is_included(part: Path) -> None:
    text = part.read_text()
    assert text.startswith("-- ")
    assert "KEYS[" not in text
    assert "ARGV[" not in text
    assert any(f"-- include: {part.stem}\n" in script.read_text() for script in SCRIPTS)


@each_script
def test_every_part_is_in_place_in_what_is_run(script: Path) -> None:
    assert b"-- include:" not in read_source(script)


@pytest.mark.parametrize("name", ["check", "page", "place", "snapshot"])
def test_what_only_reads_has_no_command_that_writes(name: str) -> None:
    """From a user without the right to write, Redis refuses the whole call."""
    assert not WRITES.search(read_source(ROOMS[0] / f"{name}.lua").decode())
