"""An entry of the journal, and its form as an item of the journal's table."""

import secrets
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

Image = dict[str, Any]
What = Literal["entered", "imported", "corrected", "taken back", "brought back", "shown", "hidden"]
# Those that create an item.
NEW: tuple[What, ...] = ("entered", "imported")


class Entry(NamedTuple):
    """What somebody did to an item, with its images before and after; None: it did not exist."""

    key: str
    at: datetime
    who: str
    what: What
    before: Image | None
    after: Image | None


class Written(NamedTuple):
    """A change of an item that DynamoDB has stored."""

    table: str
    key: str
    image: Image | None


def encode_entry(entry: Entry) -> Image:
    """Return an entry as an item; its sort key is the time and a random suffix."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    item: Image = {
        "id": {"S": entry.key},
        "at": {"S": f"{at}#{secrets.token_hex(4)}"},
        "who": {"S": entry.who},
        "what": {"S": entry.what},
    }
    for name, image in (("before", entry.before), ("after", entry.after)):
        if image is not None:
            item[name] = {"M": image}
    return item


def decode_entry(item: Image) -> Entry:
    """Return the entry that an item of the journal holds."""
    return Entry(
        key=item["id"]["S"],
        at=datetime.fromisoformat(item["at"]["S"].partition("#")[0]),
        who=item["who"]["S"],
        what=item["what"]["S"],
        before=item.get("before", {}).get("M"),
        after=item.get("after", {}).get("M"),
    )
