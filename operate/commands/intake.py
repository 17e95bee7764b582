"""`tallyboard intake`: checks the file of sources and says what each would do."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from aggregates.board_file import load_boards
from intake.sources_file import OpenSource, find_sources_file, read_sources
from operate.settings import read_settings
from operate.terminal import Terminal


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser("intake", help="check the file of sources: intake.toml")
    parser.add_argument("what", nargs="?", choices=["check"], default="check")
    parser.add_argument("--file", default="", help="another file of sources")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print every source and every mistake; return the exit code."""
    terminal = Terminal()
    path = Path(arguments.file) if arguments.file else find_sources_file(os.environ)
    boards = load_boards(_find_boards(os.environ))
    sources, errors = read_sources(path, boards, os.environ)
    for opened in sources.values():
        terminal.say(describe_source(opened))
    for error in errors:
        print(f"tallyboard: {error}", file=sys.stderr)
    return 1 if errors else 0


def _find_boards(environment: Mapping[str, str]) -> str:
    """Return where the boards are: `BOARDS`, or the one file that `make event` is given."""
    board = environment.get("BOARD", "")
    is_file = board.endswith(".toml") and not environment.get("BOARDS")
    return board if is_file else read_settings().boards


def describe_source(opened: OpenSource) -> str:
    """Return a source in a few lines."""
    source = opened.source
    address = f"{source.public_url or '(PUBLIC_URL)'}/in/{source.name}"
    lines = [
        f"{source.name}: {source.provider}",
        f"  counts   on the board {source.board.name}, for {source.platform}",
        f"  address  {address}" if source.secrets else "  address  none: it is only asked",
    ]
    if source.secrets:
        count = len(source.secrets)
        lines.append(f"  secret   set{f', {count} of them' if count > 1 else ''}")
    if opened.sweeper is not None:
        lines.append(f"  asked    every {opened.sweeper.every_seconds:g} s for what it has")
    if texts := source.text_attributes:
        lines.append(f"  texts    {', '.join(f'{kind} as {name}' for kind, name in texts.items())}")
    if source.is_test:
        lines.append("  test     only test money counts here")
    return "\n".join(lines)
