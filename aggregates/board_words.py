"""Reads the event's language and its own words from a board's file."""

import re

from aggregates.board_fields import Fields, quote_value
from aggregates.words import Words

# The plural categories of CLDR: https://cldr.unicode.org/index/cldr-spec/plural-rules
_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
_HEADINGS = ("groups", "timeline", "latest")
_MAX_CHARACTERS = 60
# A tag of BCP 47: a language, then perhaps a script and a region.
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z]{4})?(-([a-zA-Z]{2}|\d{3}))?")


def read_language(board: Fields) -> str | None:
    """Return the tag of the language that the event's people write numbers and dates in."""
    language: str | None = board.get("language", str, 'a tag such as "de" or "de-CH"')
    if language is None:
        return None
    tag = language.strip().replace("_", "-")
    if not _LANGUAGE.fullmatch(tag):
        raise board.error(
            "language",
            f"is {quote_value(language)}, which is no tag of a language; write one such as"
            ' "de", "fr-CH" or "en-GB"',
        )
    return tag


def read_words(board: Fields) -> Words:
    """Return the board's own words."""
    fields = board.table("words")
    if fields is None:
        return Words()
    group = fields.optional_text("group", "team")
    words = Words(
        item=_read_item(fields),
        group=None if group is None else _read_word(fields, "group", group),
        headings=_read_table(fields, "headings", _HEADINGS),
    )
    fields.refuse_unknown()
    return words


def _read_item(fields: Fields) -> tuple[tuple[str, str], ...]:
    """Return the words for what is counted: singular and plural, or one per plural category."""
    value = fields.take("item")
    if value is None:
        return ()
    if isinstance(value, dict):
        item = _read_table(fields, "item", _CATEGORIES)
        if "other" not in dict(item):
            raise fields.error("item", "has no `other`, the word for most numbers; add it")
        return item
    if not isinstance(value, list) or len(value) != 2:
        raise fields.error(
            "item",
            f'is {quote_value(value)}; write the words for one and for many: ["vote", "votes"]',
        )
    one, other = (_read_word(fields, "item", word) for word in value)
    return ("one", one), ("other", other)


def _read_table(fields: Fields, field: str, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    table = fields.table(field)
    if table is None:
        return ()
    given = tuple(
        (name, _read_word(table, name, word))
        for name in names
        if (word := table.take(name)) is not None
    )
    table.refuse_unknown()
    return given


def _read_word(fields: Fields, field: str, value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > _MAX_CHARACTERS or not text.isprintable():
        raise fields.error(
            field,
            f"is {quote_value(value)}; write text in quotes, at most {_MAX_CHARACTERS} characters",
        )
    return text
