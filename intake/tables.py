"""Creates the table of states."""

from typing import Any

from donations.side_table import create_side_table

STATES_KEY = ("id",)


def create_states(dynamodb: Any, name: str) -> bool:
    """Create a table of states unless it exists; return whether it was created."""
    return create_side_table(dynamodb, name, STATES_KEY)
