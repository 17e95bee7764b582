"""Changes the file of keys, so that a reader sees the old or the new one, and never a part."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explore.keys import Key, dump_keys, load_keys


@contextmanager
def change_keys(path: Path) -> Iterator[dict[str, Key]]:
    """Yield the keys by id, and write them when the block ends without an error.

    Two who change the file at once wait for each other. Raises `KeysError` and `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keys = load_keys(path)
        yield keys
        draft = path.with_name(f"{path.name}.new")
        # Digests are no secrets, but names are nobody's business.
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(dump_keys(keys))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
