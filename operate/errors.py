"""Errors of a command, in words for the person who called it."""

from donations.errors import Stopped

__all__ = ["CommandError", "Stopped"]


class CommandError(Exception):
    """Ends a command with exit code 1; the text says what is wrong and what to do."""
