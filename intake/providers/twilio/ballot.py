"""Which option a text names."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

_WORDS = re.compile(r"[^\W_]+")

Words = tuple[str, ...]


class Ballot:
    """The options of a vote, each with the ways to write it.

    A text names an option by beginning with it, in any case and with or without accents, and by
    naming no other one: "Red!", "vote red", "red please", and not "red or blue".
    """

    def __init__(self, spellings: Mapping[str, Iterable[str]], keyword: str) -> None:
        self._keyword = split_words(keyword)
        self._options = {
            split_words(text): option for option, texts in spellings.items() for text in texts
        }

    def find(self, text: str) -> str | None:
        """Return the option that a text names; None where it names none, or several."""
        words = split_words(text)
        if self._keyword and words[: len(self._keyword)] == self._keyword:
            words = words[len(self._keyword) :]
        option, size = self._find_at(words, 0)
        if option is None:
            return None
        place = size
        while place < len(words):
            other, size = self._find_at(words, place)
            if other is not None and other != option:
                return None
            place += size
        return option

    def _find_at(self, words: Words, place: int) -> tuple[str | None, int]:
        """Return the longest option at a place, and how many words it has."""
        found = [name for name in self._options if name == words[place : place + len(name)]]
        longest = max(found, key=len, default=None)
        return (self._options[longest], len(longest)) if longest else (None, 1)


def split_words(text: str) -> Words:
    """Return the words of a text, small and without accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))
    return tuple(_WORDS.findall(kept))
