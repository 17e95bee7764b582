"""Table to ledger: sets every item to what the table says, and proves the totals by it."""
