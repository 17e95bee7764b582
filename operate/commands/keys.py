"""`tallyboard keys`: makes, lists and revokes the keys of SQL over the live table."""

import argparse
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from aggregates.board_file import read_boards
from explore.keys import ALL_BOARDS, MAX_NAME_CHARACTERS, Key, KeysError, load_keys, make_key
from explore.keys_file import change_keys
from explore.request_limits import DEFAULT_AT_ONCE, MAX_AT_ONCE, MAX_ROWS, MAX_TIMEOUT_MS
from operate.errors import CommandError
from operate.settings import read_settings
from operate.terminal import Terminal

_NO_FILE = "name the file of keys: EXPLORE_KEYS=explore-keys.json, or --file explore-keys.json"


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "keys", help="make, list or revoke the keys of SQL over the live table"
    )
    verbs = parser.add_subparsers(required=True, metavar="make|list|revoke")
    make = verbs.add_parser("make", help="make a key; it is shown once")
    make.add_argument("name", help="whose key it is, for lists and logs")
    make.add_argument("--board", action="append", default=[], help="only this board; repeatable")
    make.add_argument("--all-boards", action="store_true", help="every board, also later ones")
    make.add_argument("--stored-only", action="store_true", help="no SQL of one's own")
    make.add_argument("--rows", type=int, default=MAX_ROWS, help=f"at most (1 to {MAX_ROWS})")
    make.add_argument(
        "--ms", type=int, default=MAX_TIMEOUT_MS, help=f"a query's time (1 to {MAX_TIMEOUT_MS})"
    )
    make.add_argument(
        "--at-once", type=int, default=DEFAULT_AT_ONCE, help=f"queries (1 to {MAX_AT_ONCE})"
    )
    make.set_defaults(run=run_make)
    listing = verbs.add_parser("list", help="list the keys, without their secrets")
    listing.set_defaults(run=run_list)
    revoke = verbs.add_parser("revoke", help="revoke a key; it is refused at once")
    revoke.add_argument("id", help="the key's id, as in the list: the part after tb_")
    revoke.set_defaults(run=run_revoke)
    for verb in (make, listing, revoke):
        verb.add_argument("--file", default="", help="the file of keys (default: EXPLORE_KEYS)")


def run_make(arguments: argparse.Namespace) -> int:
    """Make a key and show it; return the exit code."""
    file, name = _find_file(arguments), arguments.name.strip()
    if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise CommandError(f"the name must have 1 to {MAX_NAME_CHARACTERS} characters on one line")
    _check("--rows", arguments.rows, MAX_ROWS)
    _check("--ms", arguments.ms, MAX_TIMEOUT_MS)
    _check("--at-once", arguments.at_once, MAX_AT_ONCE)
    text, key = make_key(
        name,
        _choose_boards(arguments),
        datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        ad_hoc=not arguments.stored_only,
        rows=arguments.rows,
        timeout_ms=arguments.ms,
        at_once=arguments.at_once,
    )
    try:
        with change_keys(file) as keys:
            keys[key.id] = key
    except KeysError as error:
        raise CommandError(str(error)) from None
    Terminal().say(text)
    # Beside it, so that the output is the key alone.
    print(
        f"tallyboard: made for {describe_key(key)}\n"
        "tallyboard: this is the only time that the key is shown; only its SHA-256 is kept"
        f" in {file}",
        file=sys.stderr,
    )
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """List the keys; return the exit code."""
    file = _find_file(arguments)
    keys = _load(file)
    if not keys:
        raise CommandError(f"there is no key in {file}; `tallyboard keys make NAME` makes one")
    terminal = Terminal()
    for key in keys.values():
        terminal.say(f"{key.id}  {key.made}  {describe_key(key)}")
    return 0


def run_revoke(arguments: argparse.Namespace) -> int:
    """Revoke a key; return the exit code."""
    file = _find_file(arguments)
    wanted = arguments.id.removeprefix("tb_").partition("_")[0]
    try:
        with change_keys(file) as keys:
            if wanted not in keys:
                raise CommandError(f"there is no key {wanted!r}; there are: {_list_ids(keys)}")
            gone = keys.pop(wanted)
    except KeysError as error:
        raise CommandError(str(error)) from None
    Terminal().say(f"{gone.id} of {gone.name} is revoked")
    return 0


def describe_key(key: Key) -> str:
    """Return what a key may do, on one line."""
    boards = "all boards" if key.boards == (ALL_BOARDS,) else ", ".join(key.boards)
    kinds = "any SQL" if key.ad_hoc else "stored queries only"
    return (
        f"{key.name}: {boards}; {kinds}; {key.rows:,} rows, {key.timeout_ms:,} ms,"
        f" {key.at_once} at once"
    )


def _find_file(arguments: argparse.Namespace) -> Path:
    file = arguments.file or os.environ.get("EXPLORE_KEYS", "")
    if not file:
        raise CommandError(_NO_FILE)
    return Path(file)


def _choose_boards(arguments: argparse.Namespace) -> tuple[str, ...]:
    if bool(arguments.board) == arguments.all_boards:
        raise CommandError("say which boards the key is for: --board NAME, or --all-boards")
    if arguments.all_boards:
        return (ALL_BOARDS,)
    boards, _ = read_boards(read_settings().boards)
    for name in arguments.board:
        if name not in boards:
            there_are = ", ".join(boards) or "none (set BOARDS)"
            raise CommandError(f"there is no board {name!r}; there are: {there_are}")
    return tuple(dict.fromkeys(arguments.board))


def _check(option: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise CommandError(f"{option} is {value}; write a whole number from 1 to {most:,}")


def _load(file: Path) -> dict[str, Key]:
    try:
        return load_keys(file)
    except KeysError as error:
        raise CommandError(str(error)) from None


def _list_ids(keys: Iterable[str]) -> str:
    return ", ".join(keys) or "none"
