"""An item of a table: its image, and the text that identifies the item."""

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

# An item as a stream record or a Scan gives it: attribute name → {DynamoDB type: value}.
Image = Mapping[str, Mapping[str, Any]]


class KeyMismatch(ValueError):
    """The board's `key` differs from the table's key."""


def read_key(image: Image, key: tuple[str, ...]) -> str:
    """Return the text that identifies an item: its key's value, or a JSON array of two.

    `image` may hold more than the key. A binary value becomes base64, as in stream records. Raises
    `KeyMismatch` if a part of the key is missing, and `ValueError` if its value is not one that
    DynamoDB allows.
    """
    values = []
    for name in key:
        attribute = image.get(name)
        if attribute is None:
            raise KeyMismatch(
                f"the board's key is {', '.join(key)}, but an item has {', '.join(sorted(image))};"
                " correct `key` in the board's file"
            )
        [value] = attribute.values()
        if isinstance(value, bytes):
            value = b64encode(value).decode()
        elif not isinstance(value, str):
            raise ValueError(f"the key attribute {name} is not text, a number or binary")
        values.append(value)
    return values[0] if len(values) == 1 else json.dumps(values, ensure_ascii=False)


def name_item(key: str, *, is_listed: bool) -> str:
    """Return an item's name for logs: its key, or a hash if the board does not list the key.

    The hash is the beginning of the key's SHA-256: `printf %s KEY | sha256sum | head -c 12`.
    """
    return key if is_listed else f"#{sha256(key.encode('utf-8', 'replace')).hexdigest()[:12]}"
