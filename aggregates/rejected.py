"""Why an item cannot be counted: in full for who may see the table, safely for everybody else."""

from collections.abc import Container

# How much of a bad value a reason repeats.
_MAX_QUOTED_CHARACTERS = 40


class Rejected(ValueError):
    """An item that should count and cannot.

    Its text is the reason for a person who may see the table: it may quote the attribute's value.
    What goes to Redis, to logs and to displays is `describe(...)`.
    """

    def __init__(self, attribute: str, problem: str, problem_in_full: str | None = None) -> None:
        """Say what is wrong with an attribute: without its value, and with it."""
        super().__init__(f"{attribute} {problem_in_full or problem}".strip())
        self.attribute = attribute
        self._problem = problem

    def describe(self, listed: Container[str]) -> str:
        """Return the reason; it has the value only where the attribute is among those `listed`."""
        if self.attribute in listed:
            return str(self)
        return f"{self.attribute} {self._problem}".strip()


def quote(value: object) -> str:
    """Return the beginning of a value, in quotes; it can be sent and printed whatever it is."""
    text = str(value)
    if len(text) > _MAX_QUOTED_CHARACTERS:
        text = text[: _MAX_QUOTED_CHARACTERS - 1] + "…"
    # A lone surrogate cannot be encoded; a control character may move a terminal's cursor.
    return '"' + "".join(c if c.isprintable() else "\ufffd" for c in text) + '"'
