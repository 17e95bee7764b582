"""The kind `rule`: a comparison that turns true makes one item in another table."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aggregates.board_fields import Fields, quote_value, read_key_names, to_decimal
from sinks.comparison import FORM, Comparison, parse_comparison
from sinks.definition import Boards, Source, read_source, read_target
from sinks.template import Template, parse_template

KIND = "rule"
_ORDERED = ("<", "<=", ">", ">=")


@dataclass(frozen=True)
class Rule:
    """When `when` turns true of an item of `source`, an item is put into the table `target`.

    `target_key` names the target's key; `item` has its attributes: templates, and typed constants.
    After a crossing, `margin` (None: no margin) is how far the comparison must be false again.
    """

    name: str
    source: Source
    when: Comparison
    target: str
    target_key: tuple[str, ...]
    item: Mapping[str, Template | Mapping[str, Any]]
    on_insert: bool = False
    margin: Decimal | None = None
    kind: str = KIND

    def describe(self) -> str:
        """Return when it acts, and what it writes."""
        again = "" if self.margin is None else f", again only beyond a margin of {self.margin}"
        return (
            f"when {self.when} turns true in the table {self.source.table}"
            f"{' or is true of a new item' if self.on_insert else ''}{again}:"
            f" puts one item into the table {self.target}"
        )


def read(name: str, fields: Fields, boards: Boards) -> Rule:
    """Return the rule of a file."""
    source = read_source(fields, boards)
    text = fields.text("when", "stock < reorderThreshold")
    when = parse_comparison(text)
    if when is None:
        raise fields.error("when", f"is {quote_value(text)}; write {FORM}")
    target = read_target(fields, source, "reorders")
    target_key = read_key_names(fields, "target_key")
    return Rule(
        name=name,
        source=source,
        when=when,
        target=target,
        target_key=target_key,
        item=_read_item(fields, target_key),
        on_insert=fields.boolean("on_insert"),
        margin=_read_margin(fields, when),
    )


def _read_item(
    fields: Fields, target_key: tuple[str, ...]
) -> dict[str, Template | Mapping[str, Any]]:
    item = fields.table("item")
    if item is None:
        raise fields.error("item", 'is missing; add a line [item] and below it id = "{id}"')
    templates: dict[str, Template | Mapping[str, Any]] = {}
    for name in item.names():
        value = item.take(name)
        template = parse_template(value)
        if template is None:
            raise item.error(
                name,
                f"is {quote_value(value)}; write a text, which may have attributes of the changed"
                ' item in braces ("{name}"), a number, true or false',
            )
        templates[name] = template
    for name in target_key:
        if name not in templates:
            raise item.error(name, f"is missing, and target_key names it; add {name} = …")
    keys = [templates[name] for name in target_key]
    if not any(isinstance(key, Template) and key.has_id for key in keys):
        raise item.error(
            target_key[0],
            f'needs the id of the crossing, or two crossings would be one item; write "{{id}}"'
            f" into {' or '.join(target_key)}",
        )
    return templates


def _read_margin(fields: Fields, when: Comparison) -> Decimal | None:
    value = fields.get("once_until_margin", (int, float), "a number, such as 5")
    if value is None:
        return None
    margin = to_decimal(value)
    if margin is None or margin < 0:
        raise fields.error("once_until_margin", f"is {quote_value(value)}; write a number from 0")
    if when.sign not in _ORDERED:
        raise fields.error("once_until_margin", f"has no meaning with {when.sign}; remove it")
    return margin
