"""Describes a file of donations to a person at a terminal."""

from collections import Counter
from collections.abc import Sequence

from aggregates.attribute import find, split_path
from aggregates.board import Board
from aggregates.contribution import contribution_reader
from aggregates.item import Image, read_key
from aggregates.units import format_amount
from donations.file_plan import FilePlan
from donations.item import Item, value_text
from donations.table import Difference

_SHOWN_ROWS = 5
_SHOWN_MISTAKES = 50
_SHOWN_LEFT_OUT = 10
_SHOWN_CHANGES = 10


def describe_reading(plan: FilePlan) -> list[str]:
    """Return lines about how a file is read: its format, columns and first donations."""
    lines = [f"{plan.path}: {'; '.join(plan.description)}", ""]
    for column in plan.columns:
        role = column.role.rpartition(":")[2]
        examples = ", ".join(text[:30] for text in column.examples)
        lines.append(f"  {role:<12} is {column.header!r} ({column.found}), such as {examples}")
    if plan.makes_ids:
        lines.append("  no column has ids: they are made from each donation's data")
    if plan.rows:
        lines += ["", f"  {_count_donations(len(plan.rows))}, {_describe_total(plan)}; the first:"]
        lines += [
            f"    {plan.word} {row.line}: {describe_item(plan.board, row.item)}"
            for row in plan.rows[:_SHOWN_ROWS]
        ]
    if plan.left_out:
        count = len(plan.left_out)
        some = f"1 {plan.word} is" if count == 1 else f"{count:,} {plan.word}s are"
        lines += ["", f"  {some} left out:"]
        reasons = Counter(row.reason for row in plan.left_out)
        first = {row.reason: row.line for row in reversed(plan.left_out)}
        for reason, count in reasons.most_common(_SHOWN_LEFT_OUT):
            place = f"{plan.word} {first[reason]}" + (
                f" and {count - 1:,} more" if count > 1 else ""
            )
            lines.append(f"    {place}: {reason}")
        if len(reasons) > _SHOWN_LEFT_OUT:
            lines.append(f"    and {len(reasons) - _SHOWN_LEFT_OUT:,} other reasons")
    return lines + [f"  ! {note}" for note in plan.notes]


def describe_problems(plan: FilePlan) -> list[str]:
    """Return lines with every mistake and every open question of a file."""
    lines = []
    if plan.mistake_count:
        some = "a mistake" if plan.mistake_count == 1 else f"{plan.mistake_count:,} mistakes"
        lines.append(f"{plan.path}: {some}; correct the file and try again")
        lines += [f"  {plan.describe_mistake(m)}" for m in plan.mistakes[:_SHOWN_MISTAKES]]
        if plan.mistake_count > _SHOWN_MISTAKES:
            lines.append(f"  and {plan.mistake_count - _SHOWN_MISTAKES:,} more")
    if plan.questions:
        lines.append(f"{plan.path}: leaves a question open")
        lines += [f"  {question.text} Add {question.flag}" for question in plan.questions]
    return lines


def describe_difference(difference: Difference, plan: FilePlan) -> list[str]:
    """Return lines about what writing a file would change in the table."""
    board = plan.board
    counts = {
        "new": len(difference.new),
        "changed": len(difference.changed),
        "unchanged": difference.same_count,
        "missing from the file": len(difference.gone),
    }
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    lines = [f"The table {board.table}: {told}"]
    lines += [
        f"  {plan.word} {changed.line}: {read_key(changed.new, board.key)}:"
        f" {_describe_change(changed.old, changed.new)}"
        for changed in difference.changed[:_SHOWN_CHANGES]
    ]
    lines += _describe_more(difference.changed)
    for item in difference.gone[:_SHOWN_CHANGES]:
        lines.append(f"  missing: {read_key(item, board.key)}: {describe_item(board, item)}")
    return lines + _describe_more(difference.gone)


def describe_item(board: Board, item: Image) -> str:
    """Return an item's time, group, amounts and the texts that the ticker shows."""
    parts = []
    if board.time is not None:
        parts.append(value_text(find(item, board.time, split_path(board.time))) or "")
    parts.append(value_text(find(item, board.group_by, split_path(board.group_by))) or "")
    for measure in board.measures:
        value = value_text(find(item, measure.attribute, split_path(measure.attribute))) or ""
        code = ""
        if board.currency and measure.unit.name:
            path = split_path(board.currency.attribute)
            code = value_text(find(item, board.currency.attribute, path)) or ""
        parts.append(f"{value} {code or measure.unit.name}".rstrip())
    shown = board.ticker.attributes if board.ticker else ()
    listed = {board.time, board.group_by, *(measure.attribute for measure in board.measures)}
    parts += [value_text(item.get(name)) or "" for name in shown if name not in listed]
    return "  ".join(filter(None, parts))


def _count_donations(count: int) -> str:
    return "1 donation" if count == 1 else f"{count:,} donations"


def _describe_total(plan: FilePlan) -> str:
    read = contribution_reader(plan.board)
    counted = [contribution for row in plan.rows if (contribution := read(row.item)) is not None]
    totals = [
        f"{format_amount(sum(c.values[place] for c in counted), m.unit)} {m.unit.name}".rstrip()
        for place, m in enumerate(plan.board.measures)
    ]
    return " and ".join(totals) + " together" if totals else "one each"


def _describe_change(old: Item, new: Item) -> str:
    def tell(value: Item, name: str) -> str:
        return value_text(value.get(name)) or "nothing"

    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return ", ".join(f"{name} {tell(old, name)} → {tell(new, name)}" for name in names)


def _describe_more(rows: Sequence[object]) -> list[str]:
    more = len(rows) - _SHOWN_CHANGES
    return [f"  and {more:,} more"] if more > 0 else []
