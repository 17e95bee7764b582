"""Selects what the ticker shows of an item: only what the board lists, approves and allows."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

from aggregates.attribute import find, read_type, split_path
from aggregates.board import Board, Ticker
from aggregates.contribution import Contribution
from aggregates.item import Image

# The ticker shows only the beginning of a longer text: an item may have 400 KB.
MAX_SHOWN_CHARACTERS = 200

# Raised while reading an item that does not have DynamoDB's form.
_MALFORMED = (AttributeError, TypeError, ValueError, ArithmeticError, LookupError)


def shown_attributes(
    board: Board, image: Image, contribution: Contribution
) -> dict[str, Any] | None:
    """Return the attributes of an item that the ticker shows; None if the item is not shown.

    They are JSON values. An attribute that a measure sums is an integer of minor units; another
    number is text, as in DynamoDB. The attribute `group_by` is the group that the item counts in.
    Only text, numbers and booleans that the board lists are shown. What a person wrote is left out
    until it is approved, if the board asks for approval, and always if it has a word that is never
    shown.
    """
    ticker = board.ticker
    assert ticker is not None
    if ticker.least_minor is not None and contribution.values[0] < ticker.least_minor:
        return None
    minor = {m.attribute: v for m, v in zip(board.measures, contribution.values, strict=True)}
    safe = list_safe(board)
    shown: dict[str, Any] = {}
    written: dict[str, Any] = {}
    for name in ticker.attributes:
        if name in minor:
            shown[name] = minor[name]
        elif name == board.group_by:
            shown[name] = contribution.group
        else:
            value = _read_value(image, name)
            if value is not None:
                place = shown if name in safe or isinstance(value, bool) else written
                place[name] = value
    if written and (not is_approved(ticker, image) or _has_banned_word(ticker, image, written)):
        written = {}
    both = shown | written
    # In the board's order, which readers of the message expect.
    return {name: both[name] for name in ticker.attributes if name in both}


def list_safe(board: Board) -> frozenset[str]:
    """Return the attributes that need no approval: group, amounts, time and currency."""
    names = {board.group_by, *(measure.attribute for measure in board.measures)}
    names |= {board.time} if board.time is not None else set()
    names |= {board.currency.attribute} if board.currency is not None else set()
    return frozenset(names)


def is_approved(ticker: Ticker, image: Image) -> bool:
    """Return whether the texts of an item may be shown; only the boolean true approves."""
    if ticker.show_if is None:
        return True
    try:
        kind, value = read_type(find(image, ticker.show_if, split_path(ticker.show_if)))
    except _MALFORMED:
        return False
    return kind == "BOOL" and value is True


def find_banned_word(text: str, never: tuple[str, ...]) -> str:
    """Return the first word of `never` that is in a text; empty if none is.

    Case, width, compatibility forms and invisible characters make no difference. In scripts with
    capital letters only whole words match: "ass" is not found in "Cassandra".
    """
    folded = fold_text(text)
    return next((word for word, pattern in _compile_words(never) if pattern.search(folded)), "")


def fold_text(text: str) -> str:
    """Return text in the form in which words are searched."""
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", seen).casefold().split())


@lru_cache(maxsize=64)
def _compile_words(never: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    patterns = []
    for word in never:
        folded = fold_text(word)
        before = r"(?<!\w)" if _has_capitals(folded[:1]) else ""
        after = r"(?!\w)" if _has_capitals(folded[-1:]) else ""
        patterns.append((word, re.compile(f"{before}{re.escape(folded)}{after}")))
    return patterns


def _has_capitals(character: str) -> bool:
    """Return whether words of this character's script are separated by blanks; true for digits."""
    return character.isdigit() or character.lower() != character.upper()


def _has_banned_word(ticker: Ticker, image: Image, written: dict[str, Any]) -> bool:
    # The whole text is searched, even if only its beginning is shown.
    if not ticker.never:
        return False
    texts = (str(read_type(find(image, name, split_path(name)))[1]) for name in written)
    return any(find_banned_word(text, ticker.never) for text in texts)


def _read_value(image: Image, name: str) -> Any:
    """Return an attribute as a JSON value; None if its type is not shown."""
    try:
        kind, value = read_type(find(image, name, split_path(name)))
    except _MALFORMED:
        return None
    if kind == "S":
        text = str(value)
        long = len(text) > MAX_SHOWN_CHARACTERS
        return _encodable(text[: MAX_SHOWN_CHARACTERS - 1] + "…" if long else text)
    if kind == "N":
        return _encodable(str(value)[:MAX_SHOWN_CHARACTERS])
    return bool(value) if kind == "BOOL" else None


def _encodable(text: str) -> str:
    """Return text without lone surrogates, which JSON in UTF-8 cannot hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
