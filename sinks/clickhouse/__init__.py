"""The kind `clickhouse` at work: rows in a ClickHouse server, over its HTTP interface."""
