"""The event's board file, read again each time a person saves it."""

import shutil
from contextlib import suppress
from pathlib import Path

from aggregates.board import Board
from aggregates.board_file import BoardError, load_board
from aggregates.look_files import read_look_files
from local.errors import LocalError
from local.keep.folder import EventFolder


class BoardFile:
    """A person's file, and the copy in the event's folder that the event uses.

    Only a file without mistakes replaces the copy, so a mistake changes nothing.
    """

    def __init__(self, path: Path, folder: EventFolder) -> None:
        self._path, self._folder = path, folder
        self.copy = folder.board_folder / f"{path.stem}.toml"
        self.board: Board | None = None
        self._seen: bytes | None = None

    def load(self) -> Board:
        """Return the board at the start; raise `LocalError` if the file has a mistake."""
        try:
            self.board = _load_whole(self._path)
        except BoardError as error:
            raise LocalError(str(error)) from error
        self._seen = self._path.read_bytes()
        self._accept(self._seen, self.board)
        return self.board

    def look(self) -> Board | None:
        """Return the board if the file has changed, else None.

        Raises `LocalError` for a mistake, once; the board stays as it was.
        """
        try:
            data = self._path.read_bytes()
        except OSError:
            # An editor may be saving right now; a missing file changes nothing.
            return None
        if data == self._seen:
            return None
        self._seen = data
        try:
            board = self._read_changed()
        except BoardError as error:
            text = f"{error}\nThe board stays as it was until this is corrected."
            with suppress(OSError):
                self._folder.board_problem.write_text(f"{text}\n", "utf-8")
            raise LocalError(text) from error
        try:
            self._accept(data, board)
        except OSError as error:
            raise LocalError(
                f"{self._path} was changed, but {self._folder.board_folder} cannot be written:"
                f" {error.strerror}\nThe board stays as it was; save it again when it can."
            ) from error
        if board == self.board:
            return None
        self.board = board
        return board

    def _read_changed(self) -> Board:
        board = _load_whole(self._path)
        assert self.board is not None
        for name, old, new in (
            ("table", self.board.table, board.table),
            ("key", self.board.key, board.key),
        ):
            if old != new:
                old = old if isinstance(old, str) else ", ".join(old)
                raise BoardError(
                    f"{self._path}: {name}: was {old!r} when the event was started, and cannot"
                    f" change while it runs; write {old!r} again, or stop and start the event"
                )
        return board

    def _accept(self, data: bytes, board: Board) -> None:
        if board.look is not None:
            # Write them beside the copy and before it, so that readers of the copy find them.
            folder = self.copy.with_suffix("")
            folder.mkdir(exist_ok=True)
            for name in board.look.file_names:
                shutil.copyfile(board.look.folder / name, folder / name)
        draft = self.copy.with_suffix(".draft")
        draft.write_bytes(data)
        draft.replace(self.copy)
        self._folder.board_problem.unlink(missing_ok=True)


def _load_whole(path: Path) -> Board:
    """Return the board, after checking that the files of its look exist. Raises `BoardError`."""
    board = load_board(path)
    errors = read_look_files(board.look).errors if board.look is not None else ()
    if errors:
        raise BoardError(str(errors[0]))
    return board
