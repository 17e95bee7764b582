"""`tallyboard restore`: replace an event with a backup."""

import argparse
import os
from pathlib import Path

from local.errors import LocalError
from local.event.settings import find_folder
from local.keep.backup import check_backup, restore
from local.running import claim
from operate.terminal import Terminal


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "restore",
        help="replace an event with a backup; the old file is kept",
        description="DATA or BOARD says which event. It must not be running.",
    )
    parser.add_argument("file", nargs="?", default="", help="the backup")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Restore; return the exit code."""
    name = arguments.file or os.environ.get("FILE")
    if not name:
        raise LocalError("no backup is named; write: make restore FILE=gala-2026-11-28-2100.sqlite")
    folder, path = find_folder(), Path(name)
    contents = check_backup(path)
    folder.make()
    with claim(folder.path):
        aside = restore(folder, path)
    kept = f" The old file is now {aside}." if aside else ""
    Terminal().say(
        f"{folder.store} was replaced with {path}, {contents}.{kept} Start the event again:"
        f" make event BOARD=… DATA={folder.path}"
    )
    return 0
