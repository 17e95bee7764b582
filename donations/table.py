"""Compares a file's donations with a board's table: new, changed, the same, gone."""

import threading
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from aggregates.attribute import find, split_path
from aggregates.board import Board
from aggregates.contribution import Contribution, Rejected, contribution_reader
from aggregates.item import Image, KeyMismatch, read_key
from donations.answers import Question
from donations.file_plan import FilePlan, Row
from donations.identity import SOURCE_ATTRIBUTE
from donations.item import Item, put_value, value_text
from donations.reading import read_items
from donations.table_item import is_same

# Fewer rows may be equal in two lists by chance.
_LEAST_EQUAL = 3


@dataclass(frozen=True)
class Changed:
    """A donation that differs from the table: its item there, and its new item."""

    line: int
    old: Item
    new: Item


@dataclass(frozen=True)
class Difference:
    """The difference between a file and the table.

    `gone` are items from an earlier import of the same list that the file no longer has; they are
    removed only if a person says so.
    """

    new: list[Row] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    same_count: int = 0
    gone: list[Item] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


def compare_with_table(plan: FilePlan, client: Any, stop: threading.Event) -> Difference:
    """Return what a plan would change; read the whole table once. Raises boto3's errors."""
    wanted = {read_key(row.item, plan.board.key) for row in plan.rows}
    found: dict[str, Item] = {}
    others: list[Item] = []
    for item in read_items(client, plan.board, stop):
        try:
            key = read_key(item, plan.board.key)
        except (KeyMismatch, ValueError):
            continue
        source = value_text(item.get(SOURCE_ATTRIBUTE))
        if key in wanted or source == plan.source:
            found[key] = item
        elif source is not None and plan.makes_ids:
            others.append(item)
    return compare(plan, found, others)


def compare(plan: FilePlan, found: Mapping[str, Item], others: Iterable[Item] = ()) -> Difference:
    """Return what a plan would change, given items of the table.

    `found` has, by key, the items with the plan's keys and those of earlier imports of its list;
    `others` are items imported from other lists.
    """
    difference = Difference()
    same_count = 0
    keys: set[str] = set()
    for line, item in plan.rows:
        key = read_key(item, plan.board.key)
        keys.add(key)
        old = found.get(key)
        if old is None:
            difference.new.append(Row(line, item))
            continue
        merged = _merge(old, item, plan.assumed)
        if is_same(old, merged):
            same_count += 1
        else:
            difference.changed.append(Changed(line, old, merged))
    gone = [
        item
        for key, item in found.items()
        if key not in keys and value_text(item.get(SOURCE_ATTRIBUTE)) == plan.source
    ]
    questions = _ask_list(plan, difference.new, others) if plan.makes_ids else []
    return Difference(difference.new, difference.changed, same_count, gone, questions)


def _merge(old: Item, new: Item, assumed: frozenset[str]) -> Item:
    """Return the old item with the file's values; keep its other attributes, such as approval.

    The name of its list is kept too, and so are values that came from a person's answers: the same
    list, imported later or under another name, changes nothing.
    """
    said = deepcopy(new)
    said.pop(SOURCE_ATTRIBUTE, None)
    for name in assumed:
        value = find(old, name, split_path(name))
        if value is not None:
            put_value(said, name, dict(value))
    merged = dict(old)
    for name, value in said.items():
        both_maps = "M" in value and "M" in old.get(name, {})
        merged[name] = {"M": {**old[name]["M"], **value["M"]}} if both_maps else value
    return merged


def _ask_list(plan: FilePlan, new: list[Row], others: Iterable[Item]) -> list[Question]:
    """Return a question if another list has the same rows: it may be that list, renamed."""
    read = _reader(plan.board)
    lists: dict[str, set[Contribution]] = {}
    for item in others:
        counted = read(item)
        if counted is not None:
            lists.setdefault(value_text(item[SOURCE_ATTRIBUTE]) or "", set()).add(counted)
    contributions = [read(row.item) for row in new]
    for name, known in lists.items():
        equal = sum(contribution in known for contribution in contributions)
        if equal >= max(_LEAST_EQUAL, len(new) / 2):
            return [
                Question(
                    name="source",
                    text=(
                        f"{equal:,} of the {len(new):,} new donations equal those of the list"
                        f' "{name}", which was imported before. Is this that list again?'
                    ),
                    flag=f'--source "{name}" if it is, --source "{plan.source}" if it is another',
                    suggestion=name,
                )
            ]
    return []


def _reader(board: Board) -> Any:
    read_contribution = contribution_reader(board)

    def read(item: Image) -> Contribution | None:
        try:
            return read_contribution(item)
        except Rejected:
            return None

    return read
