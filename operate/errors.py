"""What goes wrong with a command, in words for the person who called it."""


class CommandError(Exception):
    """Ends a command with its text, which says what is wrong and what to do, and exit code 1."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM came while something was waited for."""
