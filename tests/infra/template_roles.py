"""What the roles of the template may do."""

from collections.abc import Iterator
from typing import Any

from infra.sinks import make_sinks_template
from infra.template import make_template, read_part

TEMPLATES = {
    "stack": make_template(),
    "base": read_part("base"),
    "sinks": make_sinks_template(2),
    "sinks-clickhouse": make_sinks_template(1, ["CLICKHOUSE_PASSWORD"]),
}


def read_statements(role: str) -> dict[str, dict[str, Any]]:
    """Return the statements of a role's single policy by name."""
    [policy] = TEMPLATES["stack"]["Resources"][role]["Properties"]["Policies"]
    statements = [
        statement.get("Fn::If", [None, statement])[1]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    return {statement["Sid"]: statement for statement in statements}


def list_statements() -> Iterator[tuple[str, dict[str, Any], dict[str, str]]]:
    """Yield each policy statement with its resource's name and the reasons for wildcards."""
    for template in TEMPLATES.values():
        for name, resource in template["Resources"].items():
            reasons = resource.get("Metadata", {}).get("Wildcards", {})
            properties = resource.get("Properties", {})
            documents = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
            documents += [properties[k] for k in ("PolicyDocument", "KeyPolicy") if k in properties]
            for document in documents:
                for statement in document["Statement"]:
                    # One with a condition: as it is if that holds.
                    yield name, statement.get("Fn::If", [None, statement])[1], reasons
