"""Votes by text message, counted on sharded counters, summed up in another table."""
