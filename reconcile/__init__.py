"""Reconcile: reads the table, sets every item in the ledger, and so proves the totals."""
