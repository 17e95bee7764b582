"""The group that an item counts in."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from aggregates.attribute import EXACT, find, read_decimal, read_type, reject_type, split_path
from aggregates.board import ALL, Groups
from aggregates.item import Image
from aggregates.rejected import Rejected, quote

# A group is a label on a screen, and part of every message.
MAX_GROUP_CHARACTERS = 200
# DynamoDB's numbers have as many digits; 1E+125 written out is no label.
_MAX_NUMBER_CHARACTERS = 40
# Before it is cleaned, a group may have this many more.
_MAX_RAW_CHARACTERS = 5 * MAX_GROUP_CHARACTERS
_REMEMBERED = 2048

_BLANKS = re.compile(r"\s+")
# Categories that show nothing or steer how text is shown: control, format (also direction and
# zero width), private use, surrogates.
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs"})
# Letters and marks without any ink: fillers, joiners, and the empty Braille pattern.
# https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")

# Returns the group, None for an item that is outside; raises `Rejected`.
GroupReader = Callable[[Image], str | None]


def clean_group(text: str) -> str:
    """Return a group as it is shown and counted; empty where nothing of it would be seen.

    Different spellings of the same thing are one group: normal form C, single blanks, and no
    character that has no ink of its own.
    """
    blanks = _BLANKS.sub(" ", unicodedata.normalize("NFC", text))
    seen: list[str] = []
    for c in blanks:
        if unicodedata.category(c) in _UNSEEN or c in _FILLERS:
            continue
        # A variation selector makes a sign an emoji; after a letter it changes nothing.
        is_selector = "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef"
        if is_selector and not (seen and unicodedata.category(seen[-1])[0] == "S"):
            continue
        seen.append(c)
    # What was taken out may have left two blanks side by side, or parts that now compose.
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", "".join(seen))).strip()


def fold_group(name: str) -> str:
    """Return what spellings of one known group have in common."""
    return unicodedata.normalize("NFC", name.casefold())


def group_reader(group_by: str, groups: Groups) -> GroupReader:
    """Return the function that reads an item's group."""
    path = split_path(group_by)
    known = {fold_group(name): name for name in groups.known}
    skip, missing, until, others = groups.skip_missing, groups.missing, groups.until, groups.others
    # No group has an empty name.
    unknown = "" if groups.skip_others else others

    @lru_cache(maxsize=_REMEMBERED)
    def name_group(text: str) -> str | None:
        # What is rejected is not remembered: a text of 400 KB leaves nothing behind.
        if len(text) > _MAX_RAW_CHARACTERS:
            raise _too_long(group_by, len(text))
        name = clean_group(text)
        if not name:
            return None
        if known:
            match = known.get(fold_group(name), unknown)
            if match is None:
                end = f"the board knows {', '.join(groups.known)}"
                raise Rejected(
                    group_by, f"is no group of this board; {end}", f"is {quote(text)}; {end}"
                )
            return match
        if name == ALL:
            raise Rejected(group_by, f'is "{ALL}", the name that stands for all groups together')
        if len(name) > MAX_GROUP_CHARACTERS:
            raise _too_long(group_by, len(name))
        return name

    def read_group(image: Image) -> str | None:
        attribute = image.get(group_by)
        if attribute is None and path:
            attribute = find(image, group_by, path)
        text = None if attribute is None else attribute.get("S")
        if text is None:
            text = _text_of_other_type(group_by, attribute)
        if text is not None:
            group = name_group(text.partition(until)[0] if until else text)
            if group is not None:
                return group or None
        if skip:
            return None
        if missing is not None:
            return missing
        if text is None:
            raise reject_type(group_by, attribute, "text, a number or a boolean")
        raise Rejected(group_by, "is empty")

    return read_group


def _text_of_other_type(name: str, attribute: Any) -> str | None:
    """Return what a group of another type than text is called; None where there is none."""
    kind, value = read_type(attribute)
    if kind == "N":
        number = read_decimal(name, value).normalize(EXACT)
        digits = max(number.adjusted(), 0) - min(int(number.as_tuple().exponent), 0)
        if digits > _MAX_NUMBER_CHARACTERS:
            raise Rejected(
                name, f"is a number of {digits + 1:,} digits, too long for a group's name"
            )
        return f"{number:f}"
    if kind == "BOOL":
        return "true" if value else "false"
    if not kind or kind == "NULL":
        return None
    raise reject_type(name, attribute, "text, a number or a boolean")


def _too_long(name: str, characters: int) -> Rejected:
    return Rejected(
        name, f"has {characters:,} characters; a group has at most {MAX_GROUP_CHARACTERS}"
    )
