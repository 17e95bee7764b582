"""A web log, copied with its changes and deletes."""
