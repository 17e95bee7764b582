"""Reads the group that an item counts in."""

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
# DynamoDB's numbers have up to 38 digits; 1E+125 written out is too long for a label.
_MAX_NUMBER_CHARACTERS = 40
# A group may be this long before it is cleaned.
_MAX_RAW_CHARACTERS = 5 * MAX_GROUP_CHARACTERS
_REMEMBERED = 2048

_BLANKS = re.compile(r"\s+")
# Unicode categories that are invisible or change how text is shown: control, format (also
# direction and zero width), private use, surrogates.
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs"})
# Invisible letters and marks: fillers, joiners, and the empty Braille pattern.
# https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")

# Returns the group, None for an item outside the board; raises `Rejected`.
GroupReader = Callable[[Image], str | None]


def clean_group(text: str) -> str:
    """Return a group's name as it is shown and counted; empty if nothing of it is visible.

    Names that look the same are one group: they are put into normal form C, with single blanks and
    without invisible characters.
    """
    blanks = _BLANKS.sub(" ", unicodedata.normalize("NFC", text))
    seen: list[str] = []
    for c in blanks:
        if unicodedata.category(c) in _UNSEEN or c in _FILLERS:
            continue
        # A variation selector turns a symbol into an emoji; after a letter it has no effect.
        is_selector = "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef"
        if is_selector and not (seen and unicodedata.category(seen[-1])[0] == "S"):
            continue
        seen.append(c)
    # Removing characters may have left two blanks side by side, or parts that now compose.
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", "".join(seen))).strip()


def fold_group(name: str) -> str:
    """Return the form in which spellings of a known group are compared."""
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
        # lru_cache does not keep what raises, so a text of 400 KB does not stay in memory.
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
                    group_by, f"is not a group of this board; {end}", f"is {quote(text)}; {end}"
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
    """Return the name of a group that is a number or a boolean; None for an absent or null one."""
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
