"""The key of SQL on this machine: made once, and kept in a file that only its owner can read."""

import os
from datetime import UTC, datetime
from pathlib import Path

from explore.keys import ALL_BOARDS, KeysError, make_key
from explore.keys_file import change_keys
from local.errors import LocalError


def keep_key(keys: Path, text_file: Path) -> bool:
    """Make a key unless the file `keys` has one; return whether `text_file` has its text.

    Raises `LocalError`.
    """
    try:
        with change_keys(keys) as known:
            if not known:
                made = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
                text, key = make_key("this machine", (ALL_BOARDS,), made)
                descriptor = os.open(text_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "w") as file:
                    file.write(f"{text}\n")
                known[key.id] = key
    except (KeysError, OSError) as error:
        raise LocalError(f"the key of SQL cannot be kept: {error}") from error
    return text_file.exists()
