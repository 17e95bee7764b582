"""What a donation is, how it becomes an item of a board's table, how it is written and read."""
