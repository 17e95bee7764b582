"""What docs/protocol.md says: its sections, tables and examples, and the Lua scripts beside it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aggregates
import reconcile
from tests.conftest import ROOT

TEXT = (ROOT / "docs/protocol.md").read_text("utf-8")


LUA = [
    *sorted((Path(aggregates.__file__).parent / "lua").glob("*.lua")),
    *sorted((Path(reconcile.__file__).parent / "lua").glob("*.lua")),
]


EXAMPLES = {
    name: json.loads(text)
    for name, text in re.findall(r"^```json (\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
}


# Members whose own members have names from the data: groups, buckets, milestones, attributes.
NAMED_BY_DATA = {
    "totals",
    "milestones",
    "names",
    "reached",
    "goal_reached",
    "attributes",
    "drift",
    "recent",
    "numbers",
}


def read_section(title: str) -> str:
    """Return the text under a heading, up to the next heading."""
    found = re.search(rf"^#+ {title}\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def read_rows(title: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without the header row."""
    lines = [line for line in read_section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def find_calls(source: str, command: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of a Redis command in a Lua source."""
    for match in re.finditer(rf"call\(\s*'{command}'", source):
        depth, arguments, start = 0, [], source.index("(", match.start()) + 1
        for at in range(start, len(source)):
            if source[at] == "," and depth == 0:
                arguments.append(source[start:at].strip())
                start = at + 1
            elif source[at] == ")" and depth == 0:
                yield [*arguments, source[start:at].strip()]
                break
            depth += {"(": 1, ")": -1}.get(source[at], 0)


def shape(value: Any, name: str = "") -> Any:
    """Return a JSON value's fields, nested, without their values."""
    if isinstance(value, dict) and name in NAMED_BY_DATA:
        return {json.dumps(shape(member), sort_keys=True) for member in value.values()} - {"null"}
    if isinstance(value, dict) and name == "timeline" and "points" not in value:
        return {json.dumps(shape(member), sort_keys=True) for member in value.values()} - {"null"}
    if isinstance(value, dict):
        return {member: shape(held, member) for member, held in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [shape(value[0])]
    if isinstance(value, list) and value and isinstance(value[0], list):
        return [len(value[0])]
    return None
