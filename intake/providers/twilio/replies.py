"""The texts that people are answered with, from the file of sources."""

import unicodedata
from collections.abc import Mapping

from aggregates.board_fields import Fields

# More is sent, and paid, as several texts.
_MAX_CHARACTERS = 320


def read_reply(fields: Fields, name: str, usual: str, filled: Mapping[str, str]) -> str:
    """Return a reply; the usual one where the file has none, "" where it wants none.

    `filled` are the values of the names in braces that are known already.
    """
    text: str | None = fields.get(name, str, 'the text to answer with, or "" for none')
    reply = fill_reply(usual if text is None else text.strip(), filled)
    if len(reply) > _MAX_CHARACTERS:
        raise fields.error(name, f"has {len(reply)} characters; write at most {_MAX_CHARACTERS}")
    # XML has no way to write these.
    if any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in reply):
        raise fields.error(name, "has a character that cannot be sent")
    return reply


def fill_reply(text: str, filled: Mapping[str, str]) -> str:
    """Return a reply with values in the place of names in braces."""
    for name, value in filled.items():
        text = text.replace(f"{{{name}}}", value)
    return text
