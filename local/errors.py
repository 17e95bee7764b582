"""What goes wrong on a person's machine, in words for that person."""

from donations.errors import Stopped as Stopped


class LocalError(Exception):
    """Ends a command with its text, which says what is wrong and what to do, and exit code 1."""
