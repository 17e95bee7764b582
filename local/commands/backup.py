"""`tallyboard backup`: copy an event into one file, also while it runs."""

import argparse
import os
from datetime import datetime
from pathlib import Path

from local.event.settings import find_folder
from local.keep.backup import back_up
from operate.terminal import Terminal


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "backup",
        help="copy an event into one file, at any time",
        description="DATA or BOARD says which event.",
    )
    parser.add_argument(
        "file", nargs="?", default="", help="the copy; by default it is named by the time"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Copy; return the exit code."""
    folder = find_folder()
    name = arguments.file or os.environ.get("FILE") or _name_copy(folder.path)
    contents = back_up(folder, Path(name))
    Terminal().say(
        f"{name}: a copy of {folder.store} with {contents}. Keep it on another disk."
        f" make restore DATA={folder.path} FILE={name} restores it."
    )
    return 0


def _name_copy(folder: Path) -> str:
    return f"{folder.name}-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}.sqlite"
