"""The folder of an event: its file, secrets and logs. Only one system at a time uses it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError

# Without letters and digits that are easily confused.
_CODE_CHARACTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_CODE_LENGTH = 8


@dataclass(frozen=True)
class EventFolder:
    """The folder in which an event is kept, such as `data/gala`."""

    path: Path

    @property
    def store(self) -> Path:
        return self.path / "event.sqlite"

    @property
    def board_folder(self) -> Path:
        """The folder with the board file that the event uses at the moment."""
        return self.path / "board"

    @property
    def board_problem(self) -> Path:
        """The file that says why a changed board file is not used; it exists only in that case."""
        return self.path / "board-problem.txt"

    @property
    def code(self) -> Path:
        return self.path / "crew-code"

    @property
    def session_key(self) -> Path:
        return self.path / "session-key"

    def read_board_problem(self) -> str:
        """Return why a changed board file is not used; empty if there is no problem."""
        try:
            return self.board_problem.read_text("utf-8").strip()
        except OSError:
            return ""

    def make(self) -> None:
        """Create the folder if it does not exist; raise `LocalError`."""
        try:
            self.board_folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LocalError(
                f"the event's folder {self.path} cannot be created: {error.strerror};"
                " name another one with DATA=…"
            ) from error

    def read_code(self) -> str:
        """Return the crew's code, made at the first call. The file may be edited by hand."""
        code = _read_or_make(self.code, make_code)
        if len(code) < 6:
            raise LocalError(
                f"the crew's code in {self.code} is too short; write 6 letters or more"
            )
        return code

    def renew_code(self) -> str:
        """Make and return a new code; everybody has to sign in again."""
        try:
            _write(self.code, code := make_code())
        except OSError as error:
            raise LocalError(f"{self.code} cannot be written: {error.strerror}") from error
        return code

    def read_session_key(self) -> str:
        """Return the key that signs the crew's sessions; a new key signs everybody out."""
        return _read_or_make(self.session_key, lambda: secrets.token_hex(32))


def make_code() -> str:
    """Return a random code of about 40 bits that is easy to type on a phone."""
    code = "".join(secrets.choice(_CODE_CHARACTERS) for _ in range(_CODE_LENGTH))
    return f"{code[:4]}-{code[4:]}"


def _read_or_make(path: Path, make: Callable[[], str]) -> str:
    try:
        text = path.read_text("utf-8").strip() if path.exists() else ""
        if not text:
            text = make()
            _write(path, text)
    except OSError as error:
        raise LocalError(f"{path} cannot be used: {error.strerror}") from error
    return text


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(f"{text}\n", "utf-8")
    draft.replace(path)
