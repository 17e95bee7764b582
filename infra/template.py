"""Makes the stack's template from the files in `infra/templates`.

Each file is a part of one plain CloudFormation template. `python -m infra template` prints the
whole template, for use with the console or another tool.
"""

import json
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "templates"
PARTS = (
    "stack",
    "network",
    "table",
    "redis",
    "function",
    "web",
    "reconcile",
    "crew",
    "explore",
    "public",
    "totals",
    "guards",
    "alarms",
    "dashboard",
)
# Functions whose long form has no `Fn::`.
_PLAIN = ("Ref", "Condition")

Template = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, such as `!Ref`."""


def _read_short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {suffix if suffix in _PLAIN else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _read_short_form)


def read_part(name: str) -> Template:
    """Return one template file, with short forms written out."""
    loader = _Loader((FOLDER / f"{name}.yaml").read_text("utf-8"))
    part: Template = loader.get_single_data()
    return part


def make_template() -> Template:
    """Return the stack's template. It is a bug if two parts define the same name."""
    template: Template = {}
    for name in PARTS:
        for section, value in read_part(name).items():
            if not isinstance(value, dict):
                template[section] = value
                continue
            known = template.setdefault(section, {})
            assert not known.keys() & value.keys(), f"{name}.yaml defines a name again"
            known.update(value)
    return template


def encode_template(template: Template) -> str:
    """Return a template as text for CloudFormation; the same template gives the same text."""
    return json.dumps(template, separators=(",", ":"), sort_keys=True)
