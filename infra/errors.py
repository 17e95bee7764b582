"""What goes wrong when deploying, in words for the operator."""


class DeployError(Exception):
    """Ends a command with its text, which says what is wrong and what to do, and exit code 1."""
