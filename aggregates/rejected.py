"""The reason why an item cannot be counted: one text with its values, and one safe to show."""

from collections.abc import Container

# The longest part of a bad value that a reason quotes.
_MAX_QUOTED_CHARACTERS = 40


class Rejected(ValueError):
    """An item that should count cannot be counted.

    The exception's text is for people who may see the table: it may quote the attribute's value.
    Redis, logs and displays get `describe(...)`.
    """

    def __init__(self, attribute: str, problem: str, problem_in_full: str | None = None) -> None:
        """Take what is wrong with an attribute: without its value, and with it."""
        super().__init__(f"{attribute} {problem_in_full or problem}".strip())
        self.attribute = attribute
        self._problem = problem

    def describe(self, listed: Container[str]) -> str:
        """Return the reason; it quotes the value only if the attribute is one of those `listed`."""
        if self.attribute in listed:
            return str(self)
        return f"{self.attribute} {self._problem}".strip()


def quote(value: object) -> str:
    """Return the beginning of a value in quotes, in a form that is safe to send and print."""
    text = str(value)
    if len(text) > _MAX_QUOTED_CHARACTERS:
        text = text[: _MAX_QUOTED_CHARACTERS - 1] + "…"
    # A lone surrogate cannot be encoded; a control character may move a terminal's cursor.
    return '"' + "".join(c if c.isprintable() else "\ufffd" for c in text) + '"'
