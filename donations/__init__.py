"""Donations: what one is, how it becomes an item of a board's table, how it gets in and out."""
