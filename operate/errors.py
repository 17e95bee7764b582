"""What goes wrong with a command, in words for the person who called it."""

from donations.errors import Stopped

__all__ = ["CommandError", "Stopped"]


class CommandError(Exception):
    """Ends a command with its text, which says what is wrong and what to do, and exit code 1."""
