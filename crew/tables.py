"""Creates the journal's table."""

from typing import Any

from donations.side_table import create_side_table

JOURNAL_KEY = ("id", "at")


def create_journal(dynamodb: Any, name: str) -> bool:
    """Create a journal's table unless it exists; return whether it was created."""
    return create_side_table(dynamodb, name, JOURNAL_KEY)
