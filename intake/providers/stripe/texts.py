"""What a donor's name and comment are at Stripe, and whether they want to be named."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from aggregates.board_fields import Fields
from intake.donation_state import Text
from intake.payload import find, read_words

# A name by who says it: a card, a checkout, a donor who wants none.
_OF_CHARGE, _OF_SESSION, _OF_DONOR = 0, 1, 2
_YES = frozenset({"1", "true", "yes", "on"})


class TextFields(NamedTuple):
    """The keys of a checkout's custom fields. With `name` only that name is ever shown."""

    comment: str = "comment"
    name: str = ""


def read_text_fields(fields: Fields) -> TextFields:
    """Return what a source's `comment_field` and `name_field` say."""
    comment = fields.optional_text("comment_field", "comment") or TextFields().comment
    return TextFields(comment, fields.optional_text("name_field", "displayname") or "")


def read_charge_texts(charge: Any, fields: TextFields) -> dict[str, Text]:
    """Return the texts of a charge."""
    if _is_yes(find(charge, "metadata.anonymous")):
        return {"name": Text(_OF_DONOR, "")}
    if fields.name:
        return {}
    return {"name": Text(_OF_CHARGE, read_words(charge, "billing_details.name"))}


def read_session_texts(session: Any, fields: TextFields) -> dict[str, Text]:
    """Return the texts of a checkout session."""
    custom = _read_custom_fields(session)
    name = custom.get(fields.name, "") if fields.name else ""
    if not fields.name:
        name = read_words(session, "customer_details.name")
    texts = {"name": Text(_OF_SESSION, name)}
    if _is_yes(find(session, "metadata.anonymous")) or _is_yes(custom.get("anonymous")):
        texts["name"] = Text(_OF_DONOR, "")
    if fields.comment in custom:
        texts["comment"] = Text(_OF_SESSION, custom[fields.comment])
    return texts


def _read_custom_fields(session: Any) -> dict[str, str]:
    """Return what was filled in by key: typed, or chosen from a list."""
    listed = find(session, "custom_fields")
    filled = {}
    for one in listed if isinstance(listed, list) else ():
        key, kind = find(one, "key"), find(one, "type")
        if isinstance(one, Mapping) and isinstance(key, str) and kind in ("text", "dropdown"):
            filled[key] = read_words(one, f"{kind}.value")
    return filled


def _is_yes(value: Any) -> bool:
    return isinstance(value, str) and value.strip().casefold() in _YES
