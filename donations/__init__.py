"""Donations: how they are read from files, checked, and written to and read from a table."""
