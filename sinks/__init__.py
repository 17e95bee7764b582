"""Sinks: what else a table's stream, or a board's totals, feed. One TOML file each."""
