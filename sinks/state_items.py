"""The items of a sink's state table: their keys, and when they expire."""

from typing import Any

STATE_KEY = "key"

# A record may come so late: a stream keeps it for a day, and what was given up is kept for 14 days.
# Older changes are not taken, so what guards against them may end. `infra/templates/sinks.yaml`.
MOST_AGE_SECONDS = 15 * 86_400
# DynamoDB deletes an item at this time at the earliest. A day is more than clocks can differ.
_KEPT_SECONDS = MOST_AGE_SECONDS + 86_400
EXPIRES = "expires"


def name_table(sink: str) -> str:
    """Return the name of a sink's state table."""
    return f"{sink}-sink"


def item_key(item: str) -> dict[str, Any]:
    """Return the key of what the sink has of an item."""
    return {STATE_KEY: {"S": f"item {item}"}}


def crossing_key(crossing_id: str) -> dict[str, Any]:
    """Return the key of a crossing's mark."""
    return {STATE_KEY: {"S": f"crossing {crossing_id}"}}


def make_expiry(made_s: float) -> dict[str, Any]:
    """Return when what guards against changes made until `made_s` may go, as a typed value."""
    return {"N": str(int(made_s + _KEPT_SECONDS))}


def read_text(item: dict[str, Any], name: str) -> str:
    """Return an attribute's text; empty if there is none."""
    return str(item.get(name, {}).get("S", ""))


def read_number(item: dict[str, Any], name: str) -> str:
    """Return an attribute's number as text; 0 if there is none."""
    return str(item.get(name, {}).get("N", "0"))
