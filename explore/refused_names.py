"""The functions and tables that a query may not name, and why."""

# Those that read files, other tables or settings are not among them.
TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "json_each", "json_tree"})

_REASONS = (
    (
        "it tells about the server, not about the data",
        {
            "current_connection_id", "current_query", "current_query_id", "current_setting",
            "current_transaction_id", "col_description", "get_block_size", "getenv", "getvariable",
            "in_search_path", "inet_client_addr", "inet_client_port", "inet_server_addr",
            "inet_server_port", "json_deserialize_sql", "json_execute_serialized_sql",
            "json_serialize_plan", "json_serialize_sql", "obj_description", "shobj_description",
            "stats", "txid_current", "vector_type", "which_secret",
        },
    ),
    ("it changes something", {"currval", "nextval", "setseed", "setval", "write_log"}),
    ("it only waits", {"pg_sleep", "sleep_ms"}),
    ("it belongs into FROM, and is not allowed there", {"query", "query_table", "identifier"}),
)  # fmt: skip
_FUNCTIONS = {name: reason for reason, names in _REASONS for name in names}
# Functions of whole families, such as pg_get_viewdef and read_text.
_FAMILIES = (
    "__internal", "duckdb_", "has_any_", "has_column_privilege", "has_database_", "has_foreign_",
    "has_function_", "has_language_", "has_schema_", "has_sequence_", "has_server_", "has_table",
    "icu_collate_", "parquet_", "pg_", "pragma_", "read_", "sniff_",
)  # fmt: skip
_HARMLESS = frozenset({"pg_typeof", "pg_size_pretty"})
# DuckDB's own views and tables. Ours begin with "_".
_INTERNAL_TABLES = ("_", "duckdb_", "pg_", "pragma_", "sqlite_", "information_schema")


def find_refused_function(name: str) -> str | None:
    """Return why a function may not be called, None if it may; `name` is in small letters."""
    if name in _HARMLESS:
        return None
    if name.startswith(_FAMILIES):
        return _REASONS[0][0]
    return _FUNCTIONS.get(name)


def is_internal_table(name: str) -> bool:
    """Return whether a name, in small letters, is or may become one of DuckDB's or our own."""
    return name.startswith(_INTERNAL_TABLES)
