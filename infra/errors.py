"""Errors of a deployment, in words for the operator."""


class DeployError(Exception):
    """Ends a command with exit code 1; the text says what is wrong and what to do."""
