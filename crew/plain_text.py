"""Makes strangers' text safe for pages and files: no invisible or direction-changing characters."""

import unicodedata

# Overrides, embeddings and isolates reverse the text that follows them.
_STEERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = frozenset("\ufeff\u00ad\u180e\u2060\u2061\u2062\u2063\u2064")


def show_plain(text: str) -> str:
    """Return text on one line; control and direction-changing characters become visible marks."""
    if text.isascii() and text.isprintable():
        return text
    plain = "".join(_replace(character) for character in text)
    return " ".join(plain.split())


def clean_text(text: str) -> str:
    """Return typed text on one line, with single blanks and no invisible characters."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = "".join(
        character for character in unicodedata.normalize("NFC", text) if not _is_hidden(character)
    )
    return " ".join(kept.split())


def _replace(character: str) -> str:
    if character in "\t\r\n\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029":
        return " "
    if character in _STEERING or character in _UNSEEN:
        return ""
    return "\ufffd" if unicodedata.category(character) in ("Cc", "Cs", "Co") else character


def _is_hidden(character: str) -> bool:
    if character.isspace():
        return False
    hidden = character in _STEERING or character in _UNSEEN
    return hidden or unicodedata.category(character) in ("Cc", "Cs", "Co")
