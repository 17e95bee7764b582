"""The SQLite tables of an event's file."""

TABLES = """
CREATE TABLE items (
    table_name TEXT NOT NULL,
    key TEXT NOT NULL,            -- the values of its key attributes, as JSON
    image TEXT NOT NULL,          -- the whole item, as DynamoDB's JSON
    changed_at TEXT NOT NULL,     -- UTC, when this file got it
    PRIMARY KEY (table_name, key)
) WITHOUT ROWID;
CREATE TABLE pending (
    number INTEGER PRIMARY KEY,   -- in the order in which they were written
    table_name TEXT NOT NULL,
    key TEXT NOT NULL,
    image TEXT,                   -- NULL: the item was removed
    written_ns INTEGER NOT NULL   -- ns since 1970, after DynamoDB had it
);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
