"""The settings of `make event`: from variables, and from questions at a terminal."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from local.errors import LocalError
from local.keep.folder import EventFolder
from local.ports import ALL_ADDRESSES, HOST, find_lan_address
from local.settings import Settings, read_settings

_EXAMPLE = Path("boards/fundraiser.toml")
_FOLDERS = Path("data")


@dataclass(frozen=True)
class EventSettings:
    """The settings: the person's `board` file, the event's `folder`, and the `system`'s settings.

    `public_url` is the address of a proxy in front; empty without one.
    """

    board: Path
    folder: EventFolder
    system: Settings
    public_url: str = ""


def read_event_settings(
    environment: Mapping[str, str] = os.environ, ask: Callable[[str], str] | None = None
) -> EventSettings:
    """Read the settings from `BOARD`, `DATA`, `HOST`, `PORT`, `PUBLIC_URL` and `REDIS_URL`.

    `ask` asks the person a question; None if there is nobody to ask. Raises `LocalError`.
    """
    board = find_board_file(environment.get("BOARD", ""))
    folder = EventFolder(Path(environment.get("DATA") or _FOLDERS / board.stem))
    public_url = environment.get("PUBLIC_URL", "")
    host = environment.get("HOST") or (HOST if ask is None or public_url else _ask_host(ask))
    system = read_settings(
        {
            **environment,
            "HOST": host,
            "BOARDS": str(folder.board_folder / f"{board.stem}.toml"),
            "SINKS": str(board),
            "DONORS": "0",
        }
    )
    return EventSettings(board, folder, replace(system, cache=folder.path), public_url)


def find_folder(environment: Mapping[str, str] = os.environ) -> EventFolder:
    """Return the event's folder: from `DATA`, from `BOARD`, or the only one that exists."""
    if data := environment.get("DATA"):
        return EventFolder(Path(data))
    if board := environment.get("BOARD"):
        return EventFolder(_FOLDERS / Path(board).stem)
    found = [path.parent for path in sorted(_FOLDERS.glob("*/event.sqlite"))]
    if len(found) == 1:
        return EventFolder(found[0])
    if not found:
        raise LocalError(f"there is no event in {_FOLDERS}/; say where it is: DATA=data/gala")
    names = ", ".join(map(str, found))
    raise LocalError(f"there are {len(found)} events ({names}); say which: DATA={found[0]}")


def find_board_file(text: str) -> Path:
    """Return the board file for a name or path that a person wrote; raise `LocalError`."""
    if not text:
        raise LocalError(
            f"say which board it is: make event BOARD=gala.toml{_list_files()}\n"
            f"A board is a short text file; copy {_EXAMPLE} to gala.toml and write your title,"
            " goal and platforms into it. docs/boards.md explains every line, and"
            " `make boards BOARDS=gala.toml` checks the file."
        )
    path = Path(text)
    candidates = [path, path.with_name(f"{path.name}.toml"), Path("boards") / f"{path.name}.toml"]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise LocalError(f"there is no file {text}{_list_files()}")


def ask_at_terminal(question: str) -> str:
    """Ask a question; return the answer, empty at the end of the input."""
    try:
        return input(question)
    except EOFError:
        return ""


def is_at_terminal() -> bool:
    """Return whether a person at a terminal can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _list_files() -> str:
    files = [*sorted(Path().glob("*.toml")), *sorted(Path("boards").glob("*.toml"))]
    names = [str(file) for file in files if file.name != "pyproject.toml"]
    return f"; there are: {', '.join(names)}" if names else ""


def _ask_host(ask: Callable[[str], str]) -> str:
    address = find_lan_address()
    if address is None:
        return HOST
    answer = ask(
        f"Open it to phones and other screens in this network, at {address}?"
        " (HOST=0.0.0.0 skips this question) [Y/n] "
    )
    return HOST if answer.strip().lower().startswith("n") else ALL_ADDRESSES
