"""Writes the template for a person: the parts' own YAML in one file, with their comments.

Anchors are written out, so that no line must be looked up elsewhere; in those resources, inner
comments are lost.
"""

import re
from typing import Any

import yaml

from infra.template import FOLDER, PARTS, read_part

# In CloudFormation's usual order.
_SECTIONS = (
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Conditions",
    "Resources",
    "Outputs",
)
_ANCHOR = re.compile(r"(?<=[:-]) &\w+")
_ALIAS = re.compile(r"(?:^|[\s\[:,-])\*[a-z_]+\b(?!\*)|<<:", re.MULTILINE)
_PLAIN = ("Ref", "Condition")


def write_template() -> str:
    """Return the stack's template as YAML."""
    sections: dict[str, list[str]] = {name: [] for name in _SECTIONS}
    for part in PARTS:
        text = (FOLDER / f"{part}.yaml").read_text("utf-8")
        values = read_part(part)
        comment = re.match(r"(?:#.*\n)*", text)[0]  # type: ignore[index]
        for name, block in _split(text, 0):
            section = sections[name]
            if not isinstance(values[name], dict):
                section.append(block)
                continue
            if not section:
                section.append(f"{name}:")
            if name == "Resources" and comment:
                section.append("\n" + "\n".join(f"  {line}" for line in comment.splitlines()))
            entries = _split(block.partition("\n")[2], 2)
            section += [_write_entry(entry, key, values[name][key]) for key, entry in entries]
    return "\n\n".join("\n".join(section) for section in sections.values() if section) + "\n"


def _split(text: str, indent: int) -> list[tuple[str, str]]:
    """Return the entries of a mapping at an indentation, with the comments above each."""
    found: list[tuple[str, list[str]]] = []
    above: list[str] = []
    for line in text.splitlines():
        key = re.match(rf" {{{indent}}}([\w-]+):", line)
        if key:
            found.append((key[1], [*(above if indent else []), line]))
            above = []
        elif not line.strip() or re.match(rf" {{{indent}}}#", line):
            above.append(line)
        elif found:
            found[-1][1].extend([*above, line])
            above = []
    return [(name, "\n".join(lines).strip("\n")) for name, lines in found]


def _write_entry(text: str, name: str, value: Any) -> str:
    """Return an entry's text without anchors; if it refers to one, its value is written out."""
    code = "\n".join(line.partition(" #")[0] for line in text.splitlines())
    if not _ALIAS.search(code):
        return _ANCHOR.sub("", text)
    comments = [line for line in text.splitlines() if re.match(r" {2}#", line)]
    written = yaml.dump({name: value}, Dumper=_Dumper, sort_keys=False, width=100)
    return "\n".join([*comments, *(f"  {line}" for line in written.splitlines())])


class _Dumper(yaml.SafeDumper):
    """YAML with CloudFormation's short forms and without anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)


def _represent(dumper: yaml.SafeDumper, value: dict[str, Any]) -> yaml.Node:
    only: tuple[str, Any] = next(iter(value.items())) if len(value) == 1 else ("", None)
    key, inner = only
    short = key.removeprefix("Fn::")
    if short != key or (key in _PLAIN and isinstance(inner, str)):
        tag = f"!{short}"
        if short == "GetAtt":
            return dumper.represent_scalar(tag, ".".join(inner))
        if isinstance(inner, str):
            style = "|" if "\n" in inner else None
            return dumper.represent_scalar(tag, inner, style)
        return dumper.represent_sequence(tag, inner, len(str(inner)) < 60)
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, len(str(value)) < 60)


_Dumper.add_representer(dict, _represent)
