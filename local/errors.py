"""Errors of the local system, in words for the person at the machine."""

from operate.errors import CommandError, Stopped

__all__ = ["LocalError", "Stopped"]


class LocalError(CommandError):
    """A command of the local system failed; the text says what to do."""
