"""Names of columns for attributes: DuckDB does not distinguish capital letters."""

from collections.abc import Collection

# Columns that every board's table has, in DuckDB or in ClickHouse; an attribute of such a name gets
# another one.
FIXED = ("key", "item", "_stream_seq", "_touched", "_others", "_version", "_is_deleted")
# Longer names get no column.
MOST_CHARACTERS = 200


def name_column(attribute: str, taken: Collection[str]) -> str:
    """Return the name of an attribute's column: `Amount_2` beside `amount`."""
    used = {name.lower() for name in (*FIXED, *taken)}
    name, count = attribute, 1
    while name.lower() in used:
        count += 1
        name = f"{attribute}_{count}"
    return name


def can_be_named(attribute: str) -> bool:
    """Return whether an attribute can have a column of its name."""
    return 0 < len(attribute) <= MOST_CHARACTERS and attribute.isprintable()
