"""What goes wrong on a person's machine, in words for that person."""


class LocalError(Exception):
    """Ends a command with its text, which says what is wrong and what to do, and exit code 1."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM came while something was waited for."""
