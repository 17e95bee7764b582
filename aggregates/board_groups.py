"""Reads from a board's file how groups are named."""

from typing import Any

from aggregates.board import ALL, Groups
from aggregates.board_fields import Fields, quote_value
from aggregates.groups import MAX_GROUP_CHARACTERS, clean_group, fold_group

_MAX_KNOWN = 200


def read_groups(board: Fields) -> Groups:
    fields = board.table("groups")
    if fields is None:
        return Groups()
    missing = _read_name(fields, "missing", fields.optional_text("missing", "Other"))
    skip_missing = fields.boolean("skip_missing")
    if missing is not None and skip_missing:
        raise fields.error(
            "skip_missing", "contradicts `missing`, which gives such items a group; remove one"
        )
    until = fields.get("until", str, 'the text before which a group ends, such as until = "."')
    if until == "":
        raise fields.error("until", 'is empty; write text in quotes, such as "."')
    known = _read_known(fields, until)
    others = _read_name(fields, "others", fields.optional_text("others", "Other"))
    if others is not None and not known:
        raise fields.error("others", "needs `known`; list the groups there, or remove `others`")
    skip_others = fields.boolean("skip_others")
    if skip_others and not known:
        raise fields.error(
            "skip_others", "needs `known`; list the groups there, or remove `skip_others`"
        )
    if skip_others and others is not None:
        raise fields.error(
            "skip_others", "leaves out what `others` gives a group; remove one of them"
        )
    is_contest = fields.boolean("contest")
    fields.refuse_unknown()
    return Groups(missing, skip_missing, until, known, others, skip_others, is_contest)


def _read_known(fields: Fields, until: str | None) -> tuple[str, ...]:
    listed = fields.get("known", list, 'a list of groups, such as known = ["Phone", "Web"]')
    if listed is None:
        return ()
    if not listed or len(listed) > _MAX_KNOWN:
        raise fields.error(
            "known", f"has {len(listed)} groups; list 1 to {_MAX_KNOWN}, or remove `known`"
        )
    known: dict[str, str] = {}
    for value in listed:
        name = _read_name(fields, "known", value)
        if name is None or (until and until in name):
            why = f"a group ends before {until!r}" if name else "write text in quotes"
            raise fields.error("known", f"has {quote_value(value)}, which no item can have; {why}")
        other = known.setdefault(fold_group(name), name)
        if other is not name:
            raise fields.error(
                "known", f"has {other!r} and {name!r}, which are the same group; leave out one"
            )
    return tuple(known.values())


def _read_name(fields: Fields, field: str, value: Any) -> str | None:
    """Return the name of a group as it will be shown; None if the value is None."""
    if value is None:
        return None
    name = clean_group(value) if isinstance(value, str) else ""
    if not name:
        raise fields.error(field, f"has {quote_value(value)}; write a group's name in quotes")
    if name == ALL:
        raise fields.error(
            field, f'is "{ALL}", the name that stands for all groups together; use another'
        )
    if len(name) > MAX_GROUP_CHARACTERS:
        raise fields.error(
            field, f"has a name of {len(name):,} characters; write at most {MAX_GROUP_CHARACTERS}"
        )
    return name
