"""What goes wrong on a person's machine, in words for that person."""

from operate.errors import CommandError, Stopped

__all__ = ["LocalError", "Stopped"]


class LocalError(CommandError):
    """A mistake of a command of the local system."""
