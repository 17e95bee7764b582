"""The keys of programs and people who may ask in SQL. Only their SHA-256 is kept.

A key is `tb_ID_SECRET`: its id may be in logs, its 32 random bytes are shown once. The file of keys
is JSON, which `tallyboard keys` writes:

    {"keys": [{"id": …, "sha256": …, "name": …, "made": …, "boards": …, "ad_hoc": …, "rows": …,
               "timeout_ms": …, "at_once": …}]}
"""

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from explore.request_limits import DEFAULT_AT_ONCE, MAX_AT_ONCE, MAX_ROWS, MAX_TIMEOUT_MS

ALL_BOARDS = "*"
MAX_NAME_CHARACTERS = 60
_FORM = re.compile(r"tb_([a-z0-9]{8})_[A-Za-z0-9_-]{43}", re.ASCII)
_SECRET_BYTES = 32
_MAX_FILE_BYTES = 1024 * 1024


class KeysError(ValueError):
    """The file of keys cannot be used; the text names it and says what to do."""


@dataclass(frozen=True)
class Key:
    """What the owner of a key may do.

    `boards` are names, or only `*` for all. Without `ad_hoc` only stored queries may be asked.
    `rows` and `timeout_ms` are the most that a query may have; `at_once` is how many may run.
    """

    id: str
    sha256: str
    name: str
    made: str
    boards: tuple[str, ...]
    ad_hoc: bool = True
    rows: int = MAX_ROWS
    timeout_ms: int = MAX_TIMEOUT_MS
    at_once: int = DEFAULT_AT_ONCE

    def may_read(self, board: str) -> bool:
        """Return whether the key is for a board."""
        return self.boards == (ALL_BOARDS,) or board in self.boards


def make_key(
    name: str, boards: tuple[str, ...], made: str, **limits: Any
) -> tuple[str, Key]:  # fmt: skip
    """Return a new key's text, which nobody can find out again, and the key."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    id_ = "".join(secrets.choice(alphabet) for _ in range(8))
    text = f"tb_{id_}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return text, Key(id_, _digest(text), name, made, boards, **limits)


def find_key(keys: Mapping[str, Key], text: str) -> Key | None:
    """Return the key that a text is; None if it is none. `keys` are by id."""
    form = _FORM.fullmatch(text)
    known = keys.get(form[1]) if form else None
    # Compared in any case, so that the time does not tell whether there is such an id.
    wanted = known.sha256 if known else "0" * 64
    given = _digest(text) if form else "1" * 64
    return known if hmac.compare_digest(given, wanted) else None


def load_keys(path: Path) -> dict[str, Key]:
    """Return the keys by id; none if there is no file. Raises `KeysError`."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise KeysError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        entries = json.loads(data)["keys"]
        keys = [_read_key(entry) for entry in entries]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise KeysError(
            f"{path}: is no file of keys ({type(error).__name__}: {str(error)[:100]});"
            " `tallyboard keys` writes one"
        ) from error
    return {key.id: key for key in keys}


def dump_keys(keys: Mapping[str, Key]) -> bytes:
    """Return the contents of a file of keys."""
    entries = [asdict(key) for key in keys.values()]
    return (json.dumps({"keys": entries}, indent=1, ensure_ascii=False) + "\n").encode()


def _read_key(entry: Mapping[str, Any]) -> Key:
    key = Key(**{**entry, "boards": tuple(entry["boards"])})
    texts = (key.id, key.sha256, key.name, key.made, *key.boards)
    if not all(isinstance(text, str) for text in texts) or len(key.sha256) != 64:
        raise ValueError(f"the key {key.id!r} has a wrong text")
    most = ((key.rows, MAX_ROWS), (key.timeout_ms, MAX_TIMEOUT_MS), (key.at_once, MAX_AT_ONCE))
    if not all(type(value) is int and 0 < value <= limit for value, limit in most):
        raise ValueError(f"the key {key.id!r} has a limit that is out of range")
    if type(key.ad_hoc) is not bool:
        raise ValueError(f"the key {key.id!r} has an ad_hoc that is not true or false")
    return key


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
